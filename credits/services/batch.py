"""Moderating several referrals at once: all of it or nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from credits.services.moderation import moderate
from referrals.models import Referral
from referrals.services.status import lock_referral


class Verdict(NamedTuple):
    referral: Referral
    side: str
    moderation: str


@transaction.atomic
def moderate_all(verdicts: Sequence[Verdict], *, actor: str, at: datetime) -> None:
    """Moderate one side after the other, in the order given. Raises NotCancellable; nothing has changed then.

    All referrals are locked first and in one order, so that two batches of the same ones do not wait for each other.
    """
    for referral_id in sorted({verdict.referral.pk for verdict in verdicts}):
        lock_referral(referral_id)
    for verdict in verdicts:
        moderate(verdict.referral, verdict.side, verdict.moderation, actor=actor, at=at)
