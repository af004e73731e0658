from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.admin.filters import CurrencyFilter
from credits.admin.wording import REWARD_COLOURS
from credits.models import LedgerEntry, Reward
from credits.models.money import display as money
from referrals.admin.lookups import HELP, by_id, referrals_named
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


class EntryInline(ReadOnlyInline):
    model = LedgerEntry
    fields = ["effective_at", "kind", "moved", "debit", "credit", "key"]
    readonly_fields = ["moved"]
    verbose_name_plural = "ledger entries"

    @display(description="Amount")
    def moved(self, entry: LedgerEntry) -> str:
        return money(entry.amount, entry.currency)


@admin.register(Reward)
class RewardAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["who", "worth", "side", "state", "program", "matures_at", "created_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        CurrencyFilter,
        ("side", ChoicesDropdownFilter),
        ("tenant", RelatedDropdownFilter),
    ]
    list_select_related = ("person", "program")
    linked_by = ("person__id__exact", "referral__id__exact")
    search_help_text = HELP
    inlines = [EntryInline]
    readonly_fields = ["worth", "state", "base", "ledger"]
    fieldsets = [
        section(None, ("person", "side"), ("worth", "state"), ("mode", "uid")),
        section("Terms, frozen when it was granted", ("rule", "base"), ("rate", "hold_days"), "matures_at"),
        section("Where from", ("program", "referral"), ("action", "granted_by"), "description"),
        section(
            "When",
            ("created_at", "available_at"),
            ("issued_at", "reverted_at"),
            ("frozen_at", "updated_at"),
        ),
        section("See also", "ledger"),
    ]

    def find(self, term: str) -> list[Q]:
        return [*referrals_named(term, "referral"), *([by_id(term)] if by_id(term) else [])]

    @display(description="Person")
    def who(self, reward: Reward) -> SafeString:
        return two_lines(reward.person.display_name, reward.person.email)

    @display(description="Amount")
    def worth(self, reward: Reward) -> str:
        return money(reward.amount, reward.currency)

    @display(description="Of a payment of")
    def base(self, reward: Reward) -> str:
        return money(reward.base_amount, reward.action.currency) if reward.action else "-"

    @display(description="Status")
    def state(self, reward: Reward) -> SafeString:
        return tag(reward.get_status_display(), REWARD_COLOURS[reward.status])

    @display(description="Program")
    def program(self, reward: Reward) -> str:
        return str(reward.program)

    @display(description="Ledger")
    def ledger(self, reward: Reward) -> SafeString:
        return link_to_list("credits_ledgerentry", "This person's ledger", person__id__exact=reward.person_id)
