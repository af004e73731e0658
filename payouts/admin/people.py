"""A person's page with what belongs to payouts. People lie below this app, so their page is extended from here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from credits.admin.ledger import HELD
from credits.models.money import display as money
from credits.services.ledger import balances
from payouts.admin import statement
from payouts.admin.wording import PAYOUT_COLOURS, describe_method
from payouts.models import Payout, PayoutAccount
from referrals.admin.people import PersonAdmin
from referrals.models import Person
from tenants.admin.base import ReadOnlyInline, display, section, tag

admin.site.unregister(Person)


class AccountInline(ReadOnlyInline):
    model = PayoutAccount
    fields = ["kind", "destination", "changed_at"]
    verbose_name_plural = "paid to"


class PayoutInline(ReadOnlyInline):
    model = Payout
    fields = ["worth", "state", "by", "requested_at"]
    readonly_fields = ["worth", "state", "by"]
    ordering = ("-id",)
    verbose_name_plural = "payouts"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        rows: QuerySet[Payout] = super().get_queryset(request)
        return rows.select_related("method__program", "person")

    @display(description="Amount")
    def worth(self, payout: Payout) -> SafeString:
        url = reverse("admin:payouts_payout_change", args=[payout.pk])
        return format_html('<a class="console-link" href="{}">{}</a>', url, money(payout.amount, payout.currency))

    @display(description="Status")
    def state(self, payout: Payout) -> SafeString:
        return tag(payout.get_status_display(), PAYOUT_COLOURS[payout.status])

    @display(description="Method")
    def by(self, payout: Payout) -> str:
        return describe_method(payout.method)


@admin.register(Person)
class PayeeAdmin(PersonAdmin):
    """A person, with what they hold, where they are paid, and what they were paid."""

    inlines = [*PersonAdmin.inlines, AccountInline, PayoutInline]
    readonly_fields = [*PersonAdmin.readonly_fields, "holds", "money_pages"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        may_see = obj is not None and request.user.has_perm("credits.view_ledgerentry")
        return [first, *([section("Money", "holds", "money_pages")] if may_see else []), *others]

    def get_urls(self) -> list[URLPattern]:
        wrap, mine = self.admin_site.admin_view, {"model_admin": self}
        name = "referrals_person_statement"
        return [
            path("<int:pk>/statement/", wrap(statement.show_statement), mine, name=name),
            path("<int:pk>/statement/csv/", wrap(statement.export_statement), mine, name=f"{name}_csv"),
            *super().get_urls(),
        ]

    @display(description="Holds")
    def holds(self, person: Person) -> SafeString | str:
        """What each bucket holds, a line per currency; below zero in `available` is what they owe."""
        lines = (
            (", ".join(f"{money(held[bucket], currency)} {bucket.label.lower()}" for bucket in HELD),)
            for currency, held in sorted(balances(person).items())
        )
        return format_html_join("", "<div>{}</div>", lines) or "nothing"

    @display(description="See")
    def money_pages(self, person: Person) -> SafeString:
        account = f"{reverse('admin:payouts_payoutaccount_add')}?person={person.pk}"
        pages = [
            ("Statement", reverse("admin:referrals_person_statement", args=[person.pk])),
            ("Set an account", account),
        ]
        links = [format_html('<a class="console-link" href="{}">{}</a>', url, label) for label, url in pages]
        return format_html_join(" · ", "{}", ((link,) for link in links))
