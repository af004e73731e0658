from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter

from referrals.admin import lookups
from referrals.admin.wording import MODERATION_COLOURS, REFERRAL_COLOURS, REFERRAL_STATUS, risk_name
from referrals.models import Action, Decision, Referral, Signal
from tenants.admin.base import ReadOnlyAdmin, ReadOnlyInline, SearchByIndex, display, link_to_list, section


class ActionInline(ReadOnlyInline):
    model = Action
    fields = ["key", "kind", "amount", "currency", "reversed_amount", "occurred_at"]
    verbose_name_plural = "paid actions"


class SignalInline(ReadOnlyInline):
    model = Signal
    fields = ["code", "outcome", "score", "version", "created_at"]


class DecisionInline(ReadOnlyInline):
    """Why: newest last, as it happened."""

    model = Decision
    fields = ["decided_at", "kind", "outcome", "actor", "reason"]
    ordering = ("id",)


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
    search_help_text = lookups.HELP
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

    def find(self, term: str) -> list[QuerySet[Referral]]:
        return lookups.find_referrals(term)

    @display(description="Referral", header=True)
    def parties(self, referral: Referral) -> list[str]:
        return [referral.referred.display_name, f"referred by {referral.referrer.person.display_name}"]

    @display(description="Status", label=REFERRAL_COLOURS)
    def state(self, referral: Referral) -> tuple[str, str]:
        return referral.status, REFERRAL_STATUS[referral.status]

    @display(description="Risk", label="warning")
    def flags(self, referral: Referral) -> list[str]:
        return [risk_name(code) for code in referral.risk_flags]

    @display(description="Referrer's side", label=MODERATION_COLOURS)
    def referrer_side(self, referral: Referral) -> str:
        return referral.referrer_moderation

    @display(description="Referred person's side", label=MODERATION_COLOURS)
    def referred_side(self, referral: Referral) -> str:
        return referral.referred_moderation

    @display(description="Reviews")
    def reviews(self, referral: Referral) -> SafeString:
        return link_to_list("credits_review", "Reviews", referral__id__exact=referral.pk, status="all")

    @display(description="Rewards")
    def rewards(self, referral: Referral) -> SafeString:
        return link_to_list("credits_reward", "Rewards", referral__id__exact=referral.pk)
