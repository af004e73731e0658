"""What the objects are made of, read in as many queries for a hundred referrals as for one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum

from api.crawlora.words import CLICK_PREFIX
from credits.models import Review, Reward
from referrals.models import Action, Attribution, Decision, Member, Person, Referral, Side
from referrals.services.decisions import SYSTEM
from referrals.services.identities import people_called
from referrals.services.named_clicks import name_of
from tenants.models import Tenant

VERDICTS = (Decision.Kind.REVIEW, Decision.Kind.MODERATION)


@dataclass(frozen=True)
class Case:
    """A referral with what an admin is shown beside it."""

    referral: Referral
    rewards: list[Reward]
    verdict: Decision | None
    review: Review | None
    click_id: str
    invoice: str
    stripe_event: str


@dataclass(frozen=True)
class OwnReferral:
    """A referral as one of its two people sees it; `credits` is what it earned them."""

    referral: Referral
    role: str
    credits: int


def gather_cases(referrals: QuerySet[Referral]) -> list[Case]:
    """The cases of some referrals, in their order."""
    found = list(_with_all(referrals))
    clicks = _click_ids(referral.attribution_id for referral in found)
    return [_case(referral, clicks.get(referral.attribution_id or 0, "")) for referral in found]


def find_referral(tenant: Tenant, public_id: str) -> Referral | None:
    try:
        uid = UUID(public_id)
    except ValueError:
        return None
    return Referral.objects.for_tenant(tenant).filter(uid=uid).first()


def select_referrals(tenant: Tenant, asked: dict[str, Any]) -> QuerySet[Referral]:
    """The referrals that an admin asks for, newest first."""
    referrals = Referral.objects.for_tenant(tenant).order_by("-pk")
    if asked.get("user_id"):
        people = people_called(tenant, asked["user_id"]).values_list("pk", flat=True)
        referrals = referrals.filter(_involving(set(people)))
    if asked.get("status"):
        referrals = referrals.filter(status=asked["status"])
    if asked.get("campaign"):
        referrals = referrals.filter(utm_campaign=asked["campaign"])
    if asked.get("pending_grant"):
        referrals = referrals.exclude(error="")
    return referrals


def gather_own(tenant: Tenant, people: Iterable[Person], *, limit: int) -> list[OwnReferral]:
    """The newest referrals of a person, as referrer or referred."""
    ids = {person.pk for person in people}
    referrals = Referral.objects.for_tenant(tenant).filter(_involving(ids)).order_by("-pk")[:limit]
    found = list(referrals.select_related("code", "referrer"))
    # Whose they are is told apart here: a plan for anybody would look through all that a person ever earned.
    sums = Reward.objects.standing().filter(referral__in=found).order_by().values_list("person", "referral")
    earned: Counter[int] = Counter()
    for person, referral, amount in sums.annotate(Sum("amount")):
        earned[referral] += amount if person in ids else 0
    return [
        OwnReferral(
            referral,
            Side.REFERRER if referral.referrer.person_id in ids else Side.REFERRED,
            earned[referral.pk],
        )
        for referral in found
    ]


def count_statuses(tenant: Tenant, person: Person) -> dict[str, int]:
    """How many referrals of a referrer are in each state."""
    made = Referral.objects.for_tenant(tenant).filter(referrer__in=_memberships({person.pk})).order_by()
    return dict(made.values_list("status").annotate(Count("pk")))


def _involving(person_ids: set[int]) -> Q:
    """On either side. The memberships are read beforehand, so that each side is looked up by an index of its own."""
    return Q(referrer__in=_memberships(person_ids)) | Q(referred__in=person_ids)


def _memberships(person_ids: set[int]) -> list[int]:
    return list(Member.objects.filter(person__in=person_ids).values_list("pk", flat=True))


def _with_all(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    actions = Action.objects.filter(referral=OuterRef("pk")).order_by("occurred_at", "pk")
    invoices = actions.filter(kind=Action.Kind.INVOICE)
    rewards = Reward.objects.standing().select_related("person", "action").order_by("-side", "pk")
    decided = Decision.objects.filter(kind__in=VERDICTS).exclude(actor=SYSTEM).order_by("pk")
    return (
        referrals.annotate(
            first_invoice=Subquery(invoices.values("key")[:1]), first_event=Subquery(actions.values("stripe_event")[:1])
        )
        .select_related("code", "referrer__person", "referred")
        .prefetch_related(
            Prefetch("rewards", rewards, to_attr="standing_rewards"),
            Prefetch("decisions", decided, to_attr="verdicts"),
            Prefetch("reviews", Review.objects.order_by("pk"), to_attr="cases"),
        )
    )


def _case(referral: Any, click_id: str) -> Case:
    return Case(
        referral,
        rewards=referral.standing_rewards,
        verdict=referral.verdicts[-1] if referral.verdicts else None,
        review=referral.cases[-1] if referral.cases else None,
        click_id=click_id,
        invoice=referral.first_invoice or "",
        stripe_event=referral.first_event or "",
    )


def _click_ids(touch_ids: Iterable[int | None]) -> dict[int, str]:
    """What the clicks are called: as the client that recorded one called it, else by our id."""
    touches = Attribution.objects.filter(pk__in=[pk for pk in touch_ids if pk], kind=Attribution.Kind.CLICK)
    return {pk: name_of(visitor) or public_click_id(pk) for pk, visitor in touches.values_list("pk", "visitor")}


def public_click_id(touch_id: int) -> str:
    return f"{CLICK_PREFIX}{touch_id:x}"
