"""A referral that had come to an end is open again."""

from datetime import datetime

from referrals.errors import AlreadyReferred
from referrals.models import Referral
from referrals.services.status import move_referral, update_referral


def revive(referral: Referral, *, at: datetime) -> None:
    """Give a locked referral that was denied or has expired another window, where its own has passed.

    Raises AlreadyReferred when somebody else has brought in its person since.
    """
    if referral.status == Referral.Status.EXPIRED:
        successor = successor_of(referral)
        if successor:
            raise AlreadyReferred(referral=successor)
    if referral.expires_at <= at:
        update_referral(referral, at=at, expires_at=at + referral.program.attribution_window)
    if referral.status == Referral.Status.EXPIRED:
        move_referral(referral, Referral.Status.ATTRIBUTED, at=at, ended_at=None)


def successor_of(referral: Referral) -> Referral | None:
    """Who brought in the same person afterwards: of an expired referral there may be one."""
    others = Referral.objects.live().filter(program=referral.program_id, referred=referral.referred_id)
    return others.exclude(pk=referral.pk).first()
