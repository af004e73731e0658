"""All that an explanation is made of, read in as many queries for a hundred payments and rewards as for one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import JSONObject
from django.utils.module_loading import import_string

from credits.models import LedgerEntry, Reversal, Review, Reward, RewardRule
from events.models import Event
from referrals.models import Action, Attribution, Decision, Member, Referral

TOUCH = (
    "visitor", "device", "ip_address", "user_agent", "referrer_url", "landing_path", "utm_source", "utm_medium",
    "utm_campaign", "recorded_at", "confirmed_at", "deleted_at",
)  # fmt: skip
REVERSAL = ("kind", "key", "state", "amount", "charge", "told_at")


@dataclass(frozen=True)
class PayoutPart:
    """A payout that a reward is or was in, and what it came to there. Made by the app above, which has the payouts."""

    uid: str
    reward_id: int
    part: int
    amount: int
    currency: str
    status: str
    is_released: bool
    facts: dict[str, Any]


@dataclass(frozen=True)
class Dossier:
    """What is known of a referral, or of a reward that is about none, and the instant at which it is asked about.

    Rows carry what was annotated: rewards since when program, tenant and membership stand still, actions their
    reversals, the referral the row of its winning touch.
    """

    at: datetime
    referral: Any
    decisions: list[Decision] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)
    rules: list[RewardRule] = field(default_factory=list)
    rewards: list[Any] = field(default_factory=list)
    payouts: dict[int, list[PayoutPart]] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)

    def decided(self, kind: str) -> list[Decision]:
        return [decision for decision in self.decisions if decision.kind == kind]

    @property
    def open_review(self) -> Review | None:
        return next((review for review in self.reviews if review.status == Review.Status.OPEN), None)


def read_referral(referral_id: int, *, at: datetime) -> Dossier:
    """The dossier of a referral, in eight queries at most."""
    referral = _referrals().get(pk=referral_id)
    rewards = list(_rewards().filter(referral=referral_id).order_by("id"))
    actions = list(_actions(referral_id))
    rules = list(RewardRule.objects.filter(program=referral.program_id).order_by("id"))
    _link(rewards, rules=rules, actions=actions, referral=referral)
    payouts = read_payouts(rewards)
    return Dossier(
        at=at,
        referral=referral,
        decisions=list(Decision.objects.filter(referral=referral_id).order_by("id")),
        reviews=list(Review.objects.filter(referral=referral_id).select_related("claimed_by").order_by("id")),
        actions=actions,
        rules=rules,
        rewards=rewards,
        payouts=payouts,
        entries=_entries(rewards, payouts),
    )


def read_reward(reward: Reward, *, at: datetime) -> Dossier:
    """The dossier of a reward: that of its referral, or of itself alone where it is about none."""
    if reward.referral_id is not None:
        return read_referral(reward.referral_id, at=at)
    rewards = list(_rewards().filter(pk=reward.pk))
    payouts = read_payouts(rewards)
    about = {"tenant": reward.tenant_id, "referral": None, "data__reward": str(reward.uid)}
    decisions = list(Decision.objects.filter(**about).order_by("id"))
    entries = _entries(rewards, payouts)
    return Dossier(at=at, referral=None, decisions=decisions, rewards=rewards, payouts=payouts, entries=entries)


def read_payouts(rewards: list[Reward]) -> dict[int, list[PayoutPart]]:
    """The payouts of each reward, oldest first. Settings name who knows, since payouts lie above."""
    if not rewards:
        return {}
    read: Callable[[list[int]], list[PayoutPart]] = import_string(settings.EXPLAINED_PAYOUTS)
    found: dict[int, list[PayoutPart]] = {}
    for part in read([reward.pk for reward in rewards]):
        found.setdefault(part.reward_id, []).append(part)
    return found


def _referrals() -> QuerySet[Referral]:
    touches = Attribution.objects.filter(pk=OuterRef("attribution_id"))
    rows = Referral.objects.select_related("tenant", "program", "code", "referrer__person", "referred")
    return rows.annotate(touch_row=Subquery(touches.values(row=JSONObject(**{name: name for name in TOUCH}))[:1]))


def _actions(referral_id: int) -> QuerySet[Action]:
    reversals = Reversal.objects.filter(payment__action=OuterRef("pk")).order_by("id")
    told = reversals.values(row=JSONObject(**{name: name for name in REVERSAL}))
    rows = Action.objects.filter(referral=referral_id).select_related("payment")
    return rows.annotate(reversals=ArraySubquery(told)).order_by("occurred_at", "id")


def _rewards() -> QuerySet[Reward]:
    disabled = Event.objects.filter(
        subject=OuterRef("referral__referrer__uid"), data__after__status=Member.Status.DISABLED
    )
    return Reward.objects.select_related("tenant", "program", "person", "referral__referrer").annotate(
        program_paused_since=_paused_since("referrals.ProgramHistory", "program"),
        tenant_paused_since=_paused_since("tenants.TenantHistory", "tenant"),
        member_disabled_since=Case(
            When(
                Q(referral__referrer__status=Member.Status.DISABLED),
                then=Subquery(disabled.order_by("-id").values("occurred_at")[:1]),
            )
        ),
    )


def _paused_since(history_of: str, name: str) -> Case:
    """When the row of that relation stopped being active, by the history that the database keeps of it."""
    history: Any = apps.get_model(history_of)
    stopped = history.objects.filter(pgh_obj=OuterRef(f"{name}_id"), is_active=False)
    started_later = history.objects.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id"), is_active=True)
    since = stopped.exclude(Exists(started_later)).order_by("pgh_id").values("pgh_created_at")[:1]
    return Case(When(Q(**{f"{name}__is_active": False}), then=Subquery(since)))


def _link(rewards: list[Any], *, rules: list[RewardRule], actions: list[Any], referral: Referral) -> None:
    """What was read already is not read again from the rewards."""
    by_id = {rule.pk: rule for rule in rules}
    acted = {action.pk: action for action in actions}
    for reward in rewards:
        reward.referral = referral
        if reward.rule_id is not None:
            reward.rule, reward.action = by_id[reward.rule_id], acted[reward.action_id]


def _entries(rewards: list[Any], payouts: dict[int, list[PayoutPart]]) -> list[LedgerEntry]:
    """The entries of the rewards and of the payouts they are in, as they took effect."""
    if not rewards:
        return []
    paid = {part.uid for parts in payouts.values() for part in parts}
    entries = LedgerEntry.objects.filter(Q(reward__in=[reward.pk for reward in rewards]) | Q(payout__in=paid))
    return list(entries.order_by("effective_at", F("id")))
