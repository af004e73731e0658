"""Paying out rewards that somebody names, by themselves: not all that their owner has."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from credits.models import Reward
from credits.services.maturation import mature_early
from payouts.errors import PayoutRefused
from payouts.models import Payout, PayoutMethod
from payouts.services.owed import Recipient, owed_rewards
from payouts.services.release import mark_paid
from payouts.services.requests import request_payout
from referrals.models import Person

MOST_REWARDS = 10_000  # of one payout
NO_REFERENCE = "issued"


@transaction.atomic
def issue_rewards(
    rewards: Sequence[Reward],
    method: PayoutMethod,
    *,
    actor: str,
    at: datetime,
    reference: str = "",
    early: bool = False,
) -> Payout:
    """Pay out rewards of one person by a method. By a manual one they are paid there and then, unless something holds
    the payout: whoever asks says that they paid. By Stripe they are on their way, and workers carry them.

    `early` takes along what is still in its hold. Raises PayoutRefused, with the reason `not_payable` where one of them
    is of another person or currency, or may not be paid, whatever the reason; nothing changes then.
    """
    person = _lock_owner(rewards)
    ids = [reward.pk for reward in rewards]
    if early:
        mature_early(ids, at=at)
    _check_payable(ids, person, method)
    payout = request_payout(person, method, actor=actor, at=at, rewards=ids)
    if method.kind == PayoutMethod.Kind.MANUAL and payout.status == Payout.Status.PENDING:
        payout = mark_paid(payout, actor=actor, reference=reference or NO_REFERENCE, at=at)
    return payout


@transaction.atomic
def issue_owed(
    method: PayoutMethod,
    person_id: int,
    *,
    actor: str,
    at: datetime,
    reference: str = "",
    early: bool = False,
    recipient: Recipient | None = None,
) -> Payout:
    """Pay out all that is owed to a person by a method and may be paid, as `issue_rewards` does; the rest stays owed.

    A recipient narrows it to what they are owed as that. Raises PayoutRefused.
    """
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    ids = owed_rewards(method, person_id, at=at, limit=MOST_REWARDS, recipient=recipient, early=early)
    mature_early(ids, at=at)
    payable = Reward.objects.filter(pk__in=ids, status=Reward.Status.AVAILABLE, frozen_at__isnull=True)
    rewards = list(payable.order_by("pk"))
    if not rewards:
        raise PayoutRefused("nothing")
    return issue_rewards(rewards, method, actor=actor, at=at, reference=reference)


def _lock_owner(rewards: Sequence[Reward]) -> Person:
    """First the person: the order in which payouts lock."""
    owners = {reward.person_id for reward in rewards}
    if len(owners) != 1:
        raise PayoutRefused("not_payable")
    return Person.objects.select_for_update(no_key=True).get(pk=owners.pop())


def _check_payable(ids: list[int], person: Person, method: PayoutMethod) -> None:
    locked = Reward.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids, tenant=method.tenant_id)
    payable = [
        reward.person_id == person.pk
        and reward.currency == method.currency
        and reward.status == Reward.Status.AVAILABLE
        and reward.frozen_at is None
        for reward in locked.order_by("pk")
    ]
    if len(payable) != len(ids) or not all(payable):
        raise PayoutRefused("not_payable")
