from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from events.services.events import record_event
from referrals.admin.enrol_form import EnrolForm, check_spelling
from referrals.admin.lookups import by_id, look_up
from referrals.admin.wording import MEMBER_COLOURS
from referrals.errors import CodeTaken
from referrals.models import Code, Member
from referrals.services.members import add_code
from tenants.admin.base import (
    ConsoleAdmin,
    ReadOnlyInline,
    SearchByIndex,
    display,
    link_to_list,
    section,
    tag,
    two_lines,
)


class CodeInline(ReadOnlyInline):
    model = Code
    fields = ["code", "kind", "is_default", "is_active", "created_at"]


@admin.register(Member)
class MemberAdmin(SearchByIndex, ConsoleAdmin):
    """Staff enrol a member here, and switch one off and on again."""

    list_display = ["who", "program", "state", "default_code", "created_at", "last_active_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("program", RelatedDropdownFilter)]
    list_select_related = ("person", "program")
    search_help_text = "Code, e-mail or id"
    inlines = [CodeInline]
    readonly_fields = [
        *("name", "program", "uid", "created_at", "activated_at", "last_active_at", "removed_at"),
        *("views", "email_shares", "social_shares", "person_page", "referrals"),
    ]
    fieldsets = [
        section(
            None,
            ("name", "program"),
            ("status", "disabled_reason"),
            ("uid", "created_at"),
            ("activated_at", "last_active_at"),
            "removed_at",
        ),
        section("See also", ("person_page", "referrals")),
        section("Activity", ("views", "email_shares", "social_shares")),
    ]

    refusals = (CodeTaken,)
    add_fieldsets = [
        section(None, "program", ("external_id", "email"), ("first_name", "last_name"), "code"),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """Those fields of an enrolment that are no member's are the form's: the admin must not look for them."""
        return super().get_form(
            request, obj, change, **kwargs | ({} if obj else {"form": EnrolForm, "fields": ["program"]})
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.readonly_fields if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.inlines if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        defaults = Prefetch("codes", Code.objects.filter(is_default=True), to_attr="default_codes")
        rows: QuerySet[Member] = super().get_queryset(request)
        return rows.prefetch_related(defaults)

    def find(self, term: str) -> list[Q]:
        named = look_up(term)
        owners = Code.objects.filter(pk__in=named.codes).values("member")
        return [Q(pk__in=[*named.members]), Q(pk__in=owners), *([by_id(term)] if by_id(term) else [])]

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:  # noqa: FBT001
        if not change:
            obj.pk = form.enrol(at=timezone.now()).pk
            obj.refresh_from_db()
            return
        super().save_model(request, obj, form, change)
        if "status" in form.changed_data:
            before, after = {"status": form.initial["status"]}, {"status": obj.status}
            record_event(obj.tenant, "member.updated", subject=obj.uid, at=timezone.now(), before=before, after=after)

    @display(description="Member")
    def who(self, member: Member) -> SafeString:
        return two_lines(member.person.display_name, member.person.email)

    @display(description="Name")
    def name(self, member: Member) -> str:
        return member.person.display_name

    @display(description="Status")
    def state(self, member: Member) -> SafeString:
        return tag("Removed") if member.removed_at else tag(member.status, MEMBER_COLOURS.get(member.status, ""))

    @display(description="Code")
    def default_code(self, member: Any) -> str:
        return next((code.code for code in member.default_codes), "")

    @display(description="Person")
    def person_page(self, member: Member) -> SafeString:
        return link_to_list("referrals_person", "Identity and balance", q=str(member.person.uid))

    @display(description="Referrals")
    def referrals(self, member: Member) -> SafeString:
        return link_to_list("referrals_referral", "Referrals made", referrer__id__exact=member.pk)


class CodeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Code
        fields = "__all__"  # noqa: DJ007

    def clean_code(self) -> str:
        member = self.cleaned_data.get("member")
        return check_spelling(member.tenant if member else None, self.cleaned_data["code"])


@admin.register(Code)
class CodeAdmin(SearchByIndex, ConsoleAdmin):
    form = CodeForm
    list_display = ["code", "kind", "owner", "program", "default", "state", "created_at"]
    list_filter = [("kind", ChoicesDropdownFilter), "is_active", ("member__program", RelatedDropdownFilter)]
    list_select_related = ("member__person", "member__program")
    search_help_text = "Code, e-mail or id of its owner"
    raw_id_fields = ["member"]
    refusals = (CodeTaken,)
    fieldsets = [
        section(None, ("member", "code"), ("kind", "is_active"), "description", "stripe_promotion_code"),
        section("Valid", ("starts_at", "ends_at")),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["member", "code", "kind"] if obj else []

    def find(self, term: str) -> list[Q]:
        named = look_up(term)
        return [Q(pk__in=named.codes) | Q(member__in=named.members)]

    def save_model(self, request: HttpRequest, obj: Code, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)
            return
        terms = {name: form.cleaned_data[name] for name in form.cleaned_data if name not in ("member", "code")}
        made = add_code(obj.member, obj.code, at=timezone.now(), **terms)
        obj.pk = made.pk
        obj.refresh_from_db()

    @display(description="Member")
    def owner(self, code: Code) -> SafeString:
        return two_lines(code.member.person.display_name, code.member.person.email)

    @display(description="Program")
    def program(self, code: Code) -> str:
        return str(code.member.program)

    @display(description="Default", boolean=True)
    def default(self, code: Code) -> bool:
        return code.is_default

    @display(description="State")
    def state(self, code: Code) -> SafeString:
        return tag("Active", "good") if code.is_active else tag("Off", "bad")
