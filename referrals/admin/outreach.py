"""Who wants no mail, who was invited, and what became of each mail."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from referrals.admin.lookups import by_id, every_tenant
from referrals.admin.wording import INVITE_COLOURS, MAIL_COLOURS
from referrals.errors import MalformedAddress
from referrals.models import EmailSuppression, Invite, Mail
from referrals.services.mailboxes import fold_address
from referrals.services.outreach.addresses import read_address
from referrals.services.outreach.suppressions import suppress_email, unsuppress_email
from tenants.admin.base import (
    ConsoleAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    SearchByIndex,
    display,
    link_to_list,
    section,
    tag,
    two_lines,
)


def by_address(term: str) -> Q:
    """Rows of that e-mail address, by an index that begins with the tenant."""
    return Q(tenant__in=every_tenant(), address=fold_address(term), address__gt="")


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = EmailSuppression
        fields = ["tenant", "email"]

    def clean_email(self) -> str:
        try:
            return read_address(self.cleaned_data["email"])[0]
        except MalformedAddress as error:
            raise ValidationError(str(error)) from error


@admin.register(EmailSuppression)
class SuppressionAdmin(SearchByIndex, ConsoleAdmin):
    """Addresses that a tenant's mail must not go to. Letting mail go there again keeps the row."""

    form = SuppressionForm
    list_display = ["email", "tenant", "state", "source", "created_at", "lifted_at"]
    list_filter = [
        ("tenant", RelatedDropdownFilter), ("source", ChoicesDropdownFilter), ("lifted_at", admin.EmptyFieldListFilter),
    ]  # fmt: skip
    list_select_related = ("tenant",)
    search_help_text = "E-mail or id"
    ordering = ("-id",)
    actions = ["allow_again"]
    add_fieldsets = (section(None, "tenant", "email"),)
    fieldsets = [section(None, ("email", "tenant"), ("source", "uid"), ("created_at", "lifted_at"))]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["email", "tenant", "source", "uid", "created_at", "lifted_at"] if obj else []

    def find(self, term: str) -> list[Q]:
        return [by_address(term), *([by_id(term)] if by_id(term) else [])]

    def save_model(self, request: HttpRequest, obj: EmailSuppression, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            return
        source, actor = EmailSuppression.Source.STAFF, f"staff:{request.user.get_username()}"
        obj.pk = suppress_email(obj.tenant, obj.email, source=source, at=timezone.now(), actor=actor).pk
        obj.refresh_from_db()

    @admin.action(description="Let mail go there again", permissions=["change"])
    def allow_again(self, request: HttpRequest, rows: QuerySet[EmailSuppression]) -> None:
        at, actor = timezone.now(), f"staff:{request.user.get_username()}"
        lifted = [
            row for row in rows.filter(lifted_at=None) if unsuppress_email(row.tenant, row.email, at=at, actor=actor)
        ]
        for row in lifted:
            self.log_change(request, row, "Mail may go there again.")
        self.message_user(request, f"Mail may go again to: {', '.join(map(str, lifted)) or 'nobody new'}.")

    @display(description="State")
    def state(self, row: EmailSuppression) -> SafeString:
        return tag("Lifted") if row.lifted_at else tag("No mail", "bad")


class MailInline(ReadOnlyInline):
    model = Mail
    fields = ["kind", "status", "reason", "due_at", "finished_at", "failures"]


@admin.register(Invite)
class InviteAdmin(SearchByIndex, ReadOnlyAdmin):
    """Sixty days after it was made an invite holds no name and no address any more."""

    list_display = ["who", "inviter", "program", "state", "created_at", "sent_at", "reminded_at", "joined_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter), ("program", RelatedDropdownFilter), ("tenant", RelatedDropdownFilter),
    ]  # fmt: skip
    list_select_related = ("tenant", "program", "member__person")
    linked_by = ("member__id__exact",)
    search_help_text = "E-mail or id"
    ordering = ("-id",)
    inlines = [MailInline]
    readonly_fields = ["joined_as"]
    fieldsets = [
        section(
            None,
            ("first_name", "last_name"),
            ("email", "contact_type"),
            ("program", "member"),
            ("status", "reason"),
            ("created_at", "expires_at"),
            ("sent_at", "reminded_at"),
            ("joined_at", "joined_as"),
            ("uid", "forgotten_at"),
        )
    ]

    def find(self, term: str) -> list[Q]:
        return [by_address(term), *([by_id(term)] if by_id(term) else [])]

    @display(description="Invited")
    def who(self, invite: Invite) -> SafeString:
        return two_lines(invite.display_name, invite.email)

    @display(description="By")
    def inviter(self, invite: Invite) -> str:
        return invite.member.person.display_name if invite.member else invite.tenant.name

    @display(description="Status")
    def state(self, invite: Invite) -> SafeString:
        return tag(invite.get_status_display(), INVITE_COLOURS.get(invite.status, ""))

    @display(description="Joined as")
    def joined_as(self, invite: Invite) -> SafeString | str:
        return link_to_list("referrals_person", "This person", id__exact=invite.person_id) if invite.person_id else "-"


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Mails in line, sent, and not sent with the reason."""

    list_display = ["about", "kind", "state", "reason", "due_at", "finished_at", "failures"]
    list_filter = [
        ("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter),
    ]  # fmt: skip
    list_select_related = ("tenant", "invite", "member__person")
    ordering = ("-id",)
    fieldsets = [
        section(
            None,
            ("kind", "tenant"),
            ("invite", "member"),
            ("status", "reason"),
            ("due_at", "finished_at"),
            ("claims", "failures"),
            ("uid", "created_at"),
            "leased_until",
        )
    ]

    @display(description="To")
    def about(self, mail: Mail) -> str:
        return str(mail.invite or mail.member)

    @display(description="Status")
    def state(self, mail: Mail) -> SafeString:
        return tag(mail.get_status_display(), MAIL_COLOURS.get(mail.status, ""))
