"""Requesting payouts: one statement reserves and links what a person has, for one person or for hundreds."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from credits.models import Reward
from payouts.errors import PayoutRefused
from payouts.models import Payout, PayoutMethod
from payouts.services.candidates import CANDIDATES, judge_candidates
from referrals.models import Person

# After the locks, in a statement of its own, so that it sees whatever others did while we waited for them.
REQUEST = f"""{CANDIDATES},
requested AS (
    INSERT INTO payouts_payout
        (tenant_id, uid, person_id, method_id, destination, amount, carried_amount, currency, status, holds, held_until,
         requested_by, released_by, reference, stripe_id, returned_amount, error, requested_at, next_attempt_at,
         updated_at)
    SELECT j.tenant_id, gen_random_uuid(), j.id, j.method_id, j.destination, j.amount, j.amount - j.earned,
           j.currency, CASE WHEN j.holds = '{{}}' THEN 'pending' ELSE 'held' END, j.holds,
           CASE WHEN 'account' = ANY(j.holds) THEN j.held_until END,
           %(actor)s::text, '', '', '', 0, '', %(at)s::timestamptz, %(at)s::timestamptz, %(at)s::timestamptz
    FROM judged j WHERE j.refusal = ''
    RETURNING *
),
linked AS (
    UPDATE credits_reward w SET status = 'processing', updated_at = %(at)s::timestamptz
    FROM requested p WHERE w.person_id = p.person_id AND w.currency = p.currency AND w.status = 'available'
      AND (%(rewards)s::bigint[] IS NULL OR w.id = ANY(%(rewards)s::bigint[]))
    RETURNING w.id, w.amount - w.reversed_amount - w.redeemed_amount AS amount, p.id AS payout_id,
              w.tenant_id, w.uid, p.uid AS payout_uid
),
listed AS (
    INSERT INTO payouts_payoutitem (payout_id, reward_id, amount, is_released)
    SELECT payout_id, id, amount, false FROM linked ORDER BY id
    RETURNING amount
),
posted AS (
    INSERT INTO credits_ledgerentry
        (tenant_id, person_id, currency, amount, debit, credit, kind, key, payout, effective_at, recorded_at)
    SELECT tenant_id, person_id, currency, amount, 'available', 'reserved', 'reserve', 'reserve:' || uid, uid,
           %(at)s::timestamptz, clock_timestamp()
    FROM requested
    RETURNING amount
),
told AS (
    INSERT INTO events_event (tenant_id, uid, kind, subject, data, occurred_at, recorded_at)
    SELECT tenant_id, gen_random_uuid(), 'payout.requested', uid,
           jsonb_build_object('after', jsonb_build_object('status', status), 'amount', amount, 'currency', currency,
                              'holds', to_jsonb(holds), 'actor', %(actor)s::text),
           %(at)s::timestamptz, clock_timestamp()
    FROM requested
    RETURNING 1
),
told_of_rewards AS (
    INSERT INTO events_event (tenant_id, uid, kind, subject, data, occurred_at, recorded_at)
    SELECT tenant_id, gen_random_uuid(), 'reward.processing', uid,
           jsonb_build_object('payout', payout_uid::text, 'before', jsonb_build_object('status', 'available'),
                              'after', jsonb_build_object('status', 'processing')),
           %(at)s::timestamptz, clock_timestamp()
    FROM linked ORDER BY id
    RETURNING 1
)
SELECT (SELECT array_agg(id ORDER BY id) FROM requested), (SELECT coalesce(sum(amount), 0) FROM posted),
       (SELECT coalesce(sum(amount), 0) FROM listed), (SELECT coalesce(sum(amount - carried_amount), 0) FROM requested)
"""  # noqa: S608 (put together from constants)


@transaction.atomic
def request_payout(
    person: Person,
    method: PayoutMethod,
    *,
    actor: str,
    at: datetime,
    is_chosen: bool = True,
    rewards: list[int] | None = None,
) -> Payout:
    """Reserve all that a person has available in a method's currency, or the rewards of these ids, and link them.

    Held above the method's amount, while a review or a dispute of the person is open, and for a while after their
    account was changed. Raises PayoutRefused with the reason (see Candidate) when there is nothing to pay or it may not
    be paid; a balance below zero is what they owe, and nets against the next.
    """
    requested = _request(method, [person.pk], actor=actor, at=at, is_chosen=is_chosen, rewards=rewards)
    if requested:
        return Payout.objects.select_related("method", "person", "tenant").get(pk=requested[0])
    candidates = judge_candidates(method, [person.pk], at=at, is_chosen=is_chosen, rewards=rewards)
    raise PayoutRefused(candidates[0].refusal if candidates else "unknown")


@transaction.atomic
def request_payouts(method: PayoutMethod, people: list[int], *, actor: str, at: datetime) -> list[int]:
    """Request a payout for each of these people who may have one by this method; return the payouts' ids."""
    return _request(method, people, actor=actor, at=at, is_chosen=False)


def _request(
    method: PayoutMethod,
    people: list[int],
    *,
    actor: str,
    at: datetime,
    is_chosen: bool,
    rewards: list[int] | None = None,
) -> list[int]:
    _lock(method, people)
    values: dict[str, Any] = {"method": method.pk, "people": people, "rewards": rewards, "chosen": is_chosen}
    values |= {"actor": actor, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(REQUEST, values)
        requested, reserved, listed, earned = cursor.fetchone()
    assert listed == earned, f"{listed} linked for {earned} earned"
    assert bool(requested) == bool(reserved)
    return requested or []


def _lock(method: PayoutMethod, people: list[int]) -> None:
    """First the people, so that each is paid once at a time; then what they have, so that none of it can be taken back
    while it is added up.
    """
    wanted = Person.objects.for_tenant(method.tenant).filter(pk__in=people).order_by("pk")
    list(wanted.select_for_update(no_key=True).values_list("pk", flat=True))
    rewards = Reward.objects.filter(person__in=people, currency=method.currency, status=Reward.Status.AVAILABLE)
    list(rewards.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
