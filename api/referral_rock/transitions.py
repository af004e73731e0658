"""Which status a referral may be given, and what is done for it (contracts/referral-rock.md, section 2)."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from api.referral_rock.errors import Failure
from api.referral_rock.words import APPROVED, DENIED, PENDING, QUALIFIED, status_of
from credits.services.outcomes import accept_referral, deny_referral, qualify_referral, reopen_referral
from referrals.models import Referral
from referrals.services.details import details_of

FINAL = "status: An approved referral stays approved."
WAITS = "status: It has qualified before, and waits to be approved or denied."
BACK = "status: A qualified referral does not become pending: deny it first."
ONCE = "status: It had qualified before it was denied: make it pending first."


class Step(StrEnum):
    QUALIFY = "qualify"
    ACCEPT = "accept"
    DENY = "deny"
    REOPEN = "reopen"


STEPS: dict[Step, Callable[..., Referral]] = {
    Step.QUALIFY: qualify_referral,
    Step.ACCEPT: accept_referral,  # which qualifies first
    Step.DENY: deny_referral,
    Step.REOPEN: reopen_referral,
}
ALWAYS: dict[tuple[str, str], tuple[Step, ...]] = {
    (PENDING, APPROVED): (Step.ACCEPT,),
    (PENDING, DENIED): (Step.DENY,),
    (QUALIFIED, APPROVED): (Step.ACCEPT,),
    (QUALIFIED, DENIED): (Step.DENY,),
    (DENIED, PENDING): (Step.REOPEN,),
}
UNQUALIFIED: dict[tuple[str, str], tuple[Step, ...]] = {
    (PENDING, QUALIFIED): (Step.QUALIFY,),
    (DENIED, QUALIFIED): (Step.REOPEN, Step.QUALIFY),
    (DENIED, APPROVED): (Step.ACCEPT,),
}
REFUSALS = {PENDING: WAITS, QUALIFIED: BACK, APPROVED: FINAL, DENIED: ONCE}


def plan_steps(status: str, wanted: str, *, has_qualified: bool) -> tuple[Step, ...]:
    """What leads from one of their statuses to another: nothing where it is that already. Raises Failure."""
    if status == wanted:
        return ()
    ways = ALWAYS if has_qualified else ALWAYS | UNQUALIFIED
    if (status, wanted) not in ways:
        raise Failure(REFUSALS[status])
    return ways[status, wanted]


def give_status(referral: Referral, wanted: str, *, actor: str, at: datetime) -> Referral:
    """Bring a referral, locked by the caller, to one of their statuses. What is approved counts with the amount that
    its details say. Raises Failure, and what the services raise.
    """
    status = status_of(referral.status, details_of(referral).approved_at)
    for step in plan_steps(status, wanted, has_qualified=referral.qualified_at is not None):
        referral = STEPS[step](referral, actor=actor, at=at)
    return referral
