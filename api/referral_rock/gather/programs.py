"""What a program has beside itself: how many members, referrals and rewards, and how they stand."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from api.referral_rock.gather.members import amount_of
from api.referral_rock.words import APPROVED, DENIED, PENDING, QUALIFIED, has_status
from credits.models import Reward
from referrals.models import Code, Member, Program, Referral
from referrals.services.touch_counts import Touches, total_touches

R = Reward.Status
Counts = dict[str, int]


@dataclass
class AboutProgram:
    """Counts, and amounts in minor units of the program's own currency."""

    is_default: bool
    clicks: int
    members: Counts
    referrals: Counts
    rewards: Counts


def about_program(program: Program) -> AboutProgram:
    """Six queries. The default program is a tenant's oldest."""
    oldest = Program.objects.for_tenant(program.tenant).order_by("id").values_list("pk", flat=True).first()
    codes = Code.objects.filter(member__program=program).values_list("pk", flat=True)
    clicks = total_touches(Touches(program.tenant_id, code_ids=tuple(codes))).clicks
    about = (_count_members(program), _count_referrals(program), _count_rewards(program))
    return AboutProgram(program.pk == oldest, clicks, *about)


def _count_members(program: Program) -> Counts:
    disabled = Q(status=Member.Status.DISABLED)
    return Member.objects.for_tenant(program.tenant).filter(program=program).aggregate(
        registered=Count("pk"),
        views=Sum("views", default=0),
        active=Count("pk", filter=~disabled),
        disabled=Count("pk", filter=disabled),
    )  # fmt: skip


def _count_referrals(program: Program) -> Counts:
    kept = Referral.objects.for_tenant(program.tenant).filter(program=program).annotate(worth=amount_of())
    stands = {word: has_status(word) for word in (PENDING, QUALIFIED, APPROVED, DENIED)}
    counts = {word: Count("pk", filter=states) for word, states in stands.items()}
    approved_amount = Sum("worth", filter=stands[APPROVED], default=0)
    return kept.aggregate(created=Count("pk"), approved_amount=approved_amount, **counts)


def _count_rewards(program: Program) -> Counts:
    issued = Q(status=R.ISSUED)
    own = issued & Q(currency=program.currency)
    rows = Reward.objects.for_tenant(program.tenant).filter(program=program).exclude(status=R.REVERTED)
    return rows.aggregate(
        created=Count("pk"),
        pending=Count("pk", filter=Q(status__in=[R.PENDING, R.AVAILABLE])),
        issued=Count("pk", filter=issued),
        issued_amount=Sum(F("amount") - F("reversed_amount"), filter=own, default=0),
    )
