from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from referrals.admin.lookups import people_named
from referrals.models import Identifier, Member, Person
from tenants.admin.base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    SearchByIndex,
    display,
    link_to_list,
    section,
    tag,
    two_lines,
)


class MembershipInline(ReadOnlyInline):
    model = Member
    fields = ["program", "status", "created_at"]
    verbose_name_plural = "member of"


class IdentifierInline(ReadOnlyInline):
    """What the risk rules compare. A device is a keyed hash and says nothing to a person, so it is left out."""

    model = Identifier
    fields = ["kind", "value", "first_seen_at"]
    verbose_name_plural = "recognised by"
    show_change_link = False

    def get_queryset(self, request: Any) -> QuerySet[Identifier]:
        rows: QuerySet[Identifier] = super().get_queryset(request)
        return rows.exclude(kind=Identifier.Kind.DEVICE)


@admin.register(Person)
class PersonAdmin(SearchByIndex, ReadOnlyAdmin):
    """Personal data is the tenant's: it comes in through the APIs and is not typed over here."""

    list_display = ["who", "external_id", "tenant", "country", "first_paid_at", "state", "created_at"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("tenant",)
    search_help_text = "E-mail, id or Stripe customer"
    inlines = [MembershipInline, IdentifierInline]
    readonly_fields = ["balance", "rewards", "referrals_made", "referred_by"]
    fieldsets = [
        section(
            None,
            ("first_name", "last_name"),
            ("email", "phone"),
            ("external_id", "account_id"),
            ("tenant", "uid"),
            ("created_at", "first_paid_at"),
            ("blocked_at", "date_of_birth"),
        ),
        section("See also", ("balance", "rewards"), ("referrals_made", "referred_by")),
        section(
            "Address",
            ("address_line1", "address_line2"),
            ("postal_code", "city"),
            ("region", "country_subdivision"),
            ("country", "locale"),
            folded=True,
        ),
    ]

    def find(self, term: str) -> list[Q]:
        return people_named(term)

    @display(description="Person")
    def who(self, person: Person) -> SafeString:
        return two_lines(person.display_name, person.email)

    @display(description="State")
    def state(self, person: Person) -> str:
        return tag("Blocked", "bad") if person.blocked_at else ""

    @display(description="Balance")
    def balance(self, person: Person) -> SafeString:
        return link_to_list("credits_ledgerentry", "Balance and ledger", person__id__exact=person.pk)

    @display(description="Rewards")
    def rewards(self, person: Person) -> SafeString:
        return link_to_list("credits_reward", "Rewards", person__id__exact=person.pk)

    @display(description="Has referred")
    def referrals_made(self, person: Person) -> SafeString:
        return link_to_list("referrals_referral", "Referrals made", referrer__person__id__exact=person.pk)

    @display(description="Was referred")
    def referred_by(self, person: Person) -> SafeString:
        return link_to_list("referrals_referral", "Referred by", referred__id__exact=person.pk)
