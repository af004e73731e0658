from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter

from referrals.admin.lookups import HELP, referrals_named
from referrals.admin.wording import MODERATION_COLOURS, REFERRAL_COLOURS, REFERRAL_STATUS, money, risk_name
from referrals.models import Action, Decision, Referral, Signal
from tenants.admin.base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    SearchByIndex,
    display,
    link_to_list,
    section,
    tag,
    tags,
    two_lines,
)


class ActionInline(ReadOnlyInline):
    model = Action
    fields = ["key", "kind", "paid", "went_back", "occurred_at"]
    readonly_fields = ["paid", "went_back"]
    verbose_name_plural = "paid actions"

    @display(description="Paid")
    def paid(self, action: Action) -> str:
        return money(action.amount, action.currency)

    @display(description="Went back")
    def went_back(self, action: Action) -> str:
        return money(action.reversed_amount, action.currency) if action.reversed_amount else ""


class SignalInline(ReadOnlyInline):
    model = Signal
    fields = ["code", "outcome", "score", "version", "created_at"]


class DecisionInline(ReadOnlyInline):
    """Why, as it happened: the newest last."""

    model = Decision
    fields = ["decided_at", "kind", "outcome", "actor", "reason"]


@admin.register(Referral)
class ReferralAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["parties", "state", "program", "code", "flags", "attributed_at", "qualified_at", "rewarded_at"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("program", RelatedDropdownFilter),
        ("tenant", RelatedDropdownFilter),
        ("attributed_at", RangeDateFilter),
    ]
    list_select_related = ("program", "referrer__person", "referred", "code")
    linked_by = ("referrer__person__id__exact", "referrer__id__exact", "referred__id__exact")
    search_help_text = HELP
    inlines = [ActionInline, SignalInline, DecisionInline]
    readonly_fields = ["state", "flags", "referrer_side", "referred_side", "reviews", "rewards"]
    fieldsets = [
        section(
            None,
            ("referrer", "referred"),
            ("program", "code"),
            ("state", "flags"),
            ("referrer_side", "referred_side"),
            ("skip_reason", "error"),
            "uid",
        ),
        section("See also", ("reviews", "rewards")),
        section(
            "When",
            ("attributed_at", "expires_at"),
            ("qualified_at", "rewarded_at"),
            ("moderated_at", "ended_at"),
            ("updated_at", "removed_at"),
        ),
        section("Where from", "landing_path", ("utm_source", "utm_medium", "utm_campaign"), folded=True),
    ]

    def find(self, term: str) -> list[Q]:
        return referrals_named(term)

    @display(description="Referral")
    def parties(self, referral: Referral) -> SafeString:
        return two_lines(referral.referred.display_name, f"referred by {referral.referrer.person.display_name}")

    @display(description="Status")
    def state(self, referral: Referral) -> SafeString:
        return tag(REFERRAL_STATUS[referral.status], REFERRAL_COLOURS.get(referral.status, ""))

    @display(description="Risk")
    def flags(self, referral: Referral) -> SafeString:
        return tags([risk_name(code) for code in referral.risk_flags], "warn")

    @display(description="Referrer's side")
    def referrer_side(self, referral: Referral) -> SafeString:
        return _moderation(referral.referrer_moderation)

    @display(description="Referred person's side")
    def referred_side(self, referral: Referral) -> SafeString:
        return _moderation(referral.referred_moderation)

    @display(description="Reviews")
    def reviews(self, referral: Referral) -> SafeString:
        return link_to_list("credits_review", "Reviews", referral__id__exact=referral.pk, status="all")

    @display(description="Rewards")
    def rewards(self, referral: Referral) -> SafeString:
        return link_to_list("credits_reward", "Rewards", referral__id__exact=referral.pk)


def _moderation(verdict: str) -> SafeString:
    return tag(verdict.capitalize(), MODERATION_COLOURS[verdict])
