"""What members have beside themselves, fetched for a whole page at once: a list costs as many queries as one row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from api.referral_rock.words import APPROVED, PENDING, QUALIFIED, has_status
from credits.models import Reward
from referrals.models import Action, Attribution, Code, Member, Referral, Side
from referrals.services.links import share_link
from tenants.models import Tenant


@dataclass
class Referred:
    """A member's referrals; amounts in minor units of the program's currency."""

    count: int = 0
    approved: int = 0
    qualified: int = 0
    pending: int = 0
    approved_amount: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass
class Rewarded:
    """What a member earned as a referrer and what stands of it; amounts in minor units of the program's currency."""

    count: int = 0
    pending_amount: int = 0
    issued_amount: int = 0
    total: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass
class AboutMembers:
    """By member: their default code, their referrals and their rewards, and when their link was first followed."""

    tenant: Tenant
    codes: dict[int, Code] = field(default_factory=dict)
    referrals: dict[int, Referred] = field(default_factory=dict)
    rewards: dict[int, Rewarded] = field(default_factory=dict)
    first_clicks: dict[int, datetime | None] = field(default_factory=dict)

    def link_of(self, member: Member) -> str:
        code = self.codes.get(member.pk)
        return share_link(code) if code else ""


def about_members(members: Iterable[Member], *, tenant: Tenant) -> AboutMembers:
    """`members` come with their programs selected. Four queries, however many they are."""
    members = list(members)
    ids = [member.pk for member in members]
    about = AboutMembers(tenant)
    for code in Code.objects.filter(member__in=ids, is_default=True):
        code.tenant = tenant
        about.codes[code.member_id] = code
    about.referrals = referred_by(Referral.objects.filter(referrer__in=ids))
    earned = rewarded_to(Reward.objects.filter(person__in={member.person_id for member in members}))
    about.rewards = {
        member.pk: earned[member.person_id, member.program_id]
        for member in members
        if (member.person_id, member.program_id) in earned
    }
    about.first_clicks = dict(Member.objects.filter(pk__in=ids).values_list("pk", _first_click()))
    return about


def _first_click() -> Subquery:
    """When a code of the member was first followed by somebody; ids are in the order of time."""
    valid = {"kind": Attribution.Kind.CLICK, "verdict": Attribution.Verdict.VALID, "deleted_at": None}
    clicks = Attribution.objects.filter(member=OuterRef("pk"), **valid).order_by("pk")
    return Subquery(clicks.values("occurred_at")[:1])


def amount_of() -> Coalesce:
    """What a referral came to: as somebody said, or else what its actions add up to; of the program's currency."""
    paid = Action.objects.filter(referral=OuterRef("pk"), currency=OuterRef("program__currency"))
    total = paid.order_by().values("referral").annotate(total=Sum(F("amount") - F("reversed_amount")))
    told = "details__amount"
    return Coalesce(told, Subquery(total.values("total"), output_field=BigIntegerField()), 0)


def referred_by(referrals: QuerySet[Referral]) -> dict[int, Referred]:
    """By member, how their referrals stand; removed ones do not count."""
    kept = referrals.filter(removed_at__isnull=True).order_by()
    approved = has_status(APPROVED)
    counts: Any = kept.annotate(worth=amount_of()).values("referrer").annotate(
        count=Count("pk"),
        approved=Count("pk", filter=approved),
        qualified=Count("pk", filter=has_status(QUALIFIED)),
        pending=Count("pk", filter=has_status(PENDING)),
        approved_amount=Sum("worth", filter=approved, default=0),
        first_at=Min("attributed_at"),
        last_at=Max("attributed_at"),
    )  # fmt: skip
    return {row.pop("referrer"): Referred(**row) for row in counts}


def rewarded_to(rewards: QuerySet[Reward]) -> dict[tuple[int, int], Rewarded]:
    """By person and program, what they earned as a referrer."""
    standing = rewards.filter(side=Side.REFERRER).exclude(status=Reward.Status.REVERTED).order_by()
    worth, own = F("amount") - F("reversed_amount"), Q(currency=F("program__currency"))
    unissued = own & ~Q(status=Reward.Status.ISSUED)
    sums: Any = standing.values("person", "program").annotate(
        count=Count("pk"),
        pending_amount=Sum(worth, filter=unissued, default=0),
        issued_amount=Sum(worth, filter=own & Q(status=Reward.Status.ISSUED), default=0),
        total=Sum(worth, filter=own, default=0),
        first_at=Min("created_at"),
        last_at=Max("created_at"),
    )  # fmt: skip
    return {(row.pop("person"), row.pop("program")): Rewarded(**row) for row in sums}
