from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.admin.filters import CurrencyFilter
from credits.models import BooksCheck, Bucket, LedgerEntry
from credits.models.money import display as money
from credits.services.ledger import balances
from referrals.admin.evidence import pretty_json
from referrals.admin.lookups import every_tenant, look_up
from referrals.models import Person
from tenants.admin.base import ReadOnlyAdmin, SearchByIndex, display, tag

HELD = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.RESERVED, Bucket.PAID)


@admin.register(LedgerEntry)
class LedgerAdmin(SearchByIndex, ReadOnlyAdmin):
    """Every movement of value, newest first. Of one person it also shows what their book holds."""

    list_display = ["effective_at", "who", "kind", "moved", "from_bucket", "to_bucket", "key"]
    list_filter = [("kind", ChoicesDropdownFilter), CurrencyFilter, ("tenant", RelatedDropdownFilter)]
    list_select_related = ("person",)
    list_before_template = "credits/balances.html"
    linked_by = ("person__id__exact", "reward__id__exact")
    search_help_text = "E-mail or id of a person, or an entry's key"

    def find(self, term: str) -> list[Q]:
        return [Q(tenant__in=every_tenant(), key=term), Q(person__in=look_up(term).people)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        chosen = request.GET.get("person__id__exact", "")
        person = Person.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        shown = {"person": person, "balances": describe_balances(person) if person else []}
        return super().changelist_view(request, {**(extra_context or {}), **shown})

    @display(description="Person")
    def who(self, entry: LedgerEntry) -> str:
        return entry.person.display_name

    @display(description="Amount")
    def moved(self, entry: LedgerEntry) -> str:
        return money(entry.amount, entry.currency)

    @display(description="Out of")
    def from_bucket(self, entry: LedgerEntry) -> str:
        return entry.get_debit_display()

    @display(description="Into")
    def to_bucket(self, entry: LedgerEntry) -> str:
        return entry.get_credit_display()


def describe_balances(person: Person) -> list[dict[str, Any]]:
    """What a person's book holds, per currency; below zero in `available` is what they owe."""
    return [
        {"currency": currency, "buckets": [(bucket.label, money(held[bucket], currency)) for bucket in HELD]}
        for currency, held in sorted(balances(person).items())
    ]


@admin.register(BooksCheck)
class BooksCheckAdmin(ReadOnlyAdmin):
    list_display = ["ran_at", "result", "rewards", "entries", "seconds"]
    list_filter = ["ok"]
    ordering = ("-ran_at",)
    fields = [("ran_at", "result"), ("rewards", "entries"), "seconds", "what_differs"]
    readonly_fields = ["result", "what_differs"]

    @display(description="Result")
    def result(self, check: BooksCheck) -> SafeString:
        return tag("Agree", "good") if check.ok else tag("Differ", "bad")

    @display(description="Differences")
    def what_differs(self, check: BooksCheck) -> str:
        return pretty_json(check.differences) if check.differences else "none"
