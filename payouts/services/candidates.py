"""Who would be paid by a method, how much, and why the others are not: one query for a preview and for the payouts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from payouts.models import PayoutMethod

# All that a person has, or the rewards that somebody named, whatever the minimum. What keeps a person from being paid
# comes first that applies; what holds a payout is all that applies. A destination
# is the person's account for that kind of method; without one it is, for credit, the Stripe customer they are known by.
DESTINATION = """
    CASE {method}.kind
        WHEN 'stripe_transfer' THEN (SELECT a.destination FROM payouts_payoutaccount a
                                     WHERE a.person_id = {person}.id AND a.kind = 'stripe_transfer')
        WHEN 'stripe_balance' THEN coalesce(
            (SELECT a.destination FROM payouts_payoutaccount a
             WHERE a.person_id = {person}.id AND a.kind = 'stripe_balance'),
            (SELECT i.value FROM referrals_identifier i
             WHERE i.person_id = {person}.id AND i.kind = 'stripe_customer' ORDER BY i.id DESC LIMIT 1))
        ELSE coalesce((SELECT a.destination FROM payouts_payoutaccount a
                       WHERE a.person_id = {person}.id AND a.kind = 'manual'), {person}.email)
    END
"""

CANDIDATES = f"""
WITH people AS MATERIALIZED (
    SELECT h.*, m.is_active AND g.is_active AND t.is_active AS is_open, m.id AS method_id, m.kind AS method_kind,
           m.program_id, m.position, m.currency, m.minimum_amount, m.yearly_limit, m.hold_above, m.account_hold_days,
           {DESTINATION.format(method="m", person="h")} AS destination,
           (SELECT coalesce(sum(CASE WHEN e.credit = 'available' THEN e.amount ELSE -e.amount END), 0)::bigint
            FROM credits_ledgerentry e
            WHERE e.person_id = h.id AND e.currency = m.currency AND 'available' IN (e.debit, e.credit)) AS available,
           (SELECT coalesce(sum(w.amount - w.reversed_amount - w.redeemed_amount), 0)::bigint
            FROM credits_reward w
            WHERE w.person_id = h.id AND w.currency = m.currency AND w.status = 'available'
              AND (%(rewards)s::bigint[] IS NULL OR w.id = ANY(%(rewards)s::bigint[]))) AS earned,
           (SELECT coalesce(sum(p.amount - p.returned_amount), 0)::bigint FROM payouts_payout p
            WHERE p.person_id = h.id AND p.currency = m.currency AND p.status NOT IN ('failed', 'cancelled')
              AND p.requested_at >= date_trunc('year', %(at)s::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
           ) AS this_year,
           (SELECT a.changed_at + make_interval(days => m.account_hold_days) FROM payouts_payoutaccount a
            WHERE a.person_id = h.id AND a.kind = m.kind) AS held_until
    FROM referrals_person h JOIN payouts_payoutmethod m ON m.tenant_id = h.tenant_id AND m.id = %(method)s::bigint
    JOIN referrals_program g ON g.id = m.program_id JOIN tenants_tenant t ON t.id = m.tenant_id
    WHERE h.id = ANY(%(people)s::bigint[])
),
offered AS MATERIALIZED (
    SELECT p.*, CASE WHEN %(rewards)s::bigint[] IS NULL THEN p.available ELSE p.earned END AS amount FROM people p
),
judged AS MATERIALIZED (
    SELECT p.*, CASE
        WHEN NOT p.is_open THEN 'paused'
        WHEN p.blocked_at IS NOT NULL THEN 'blocked'
        WHEN EXISTS (SELECT 1 FROM payouts_payout o WHERE o.person_id = p.id AND o.currency = p.currency
                     AND o.status IN ('held', 'pending', 'processing')) THEN 'under_way'
        WHEN p.available < greatest(p.amount, 0) THEN 'owes'
        WHEN p.amount = 0 THEN 'nothing'
        WHEN p.destination IS NULL THEN 'no_account'
        WHEN EXISTS (
            SELECT 1 FROM payouts_payoutmethod b
            WHERE b.program_id = p.program_id AND b.is_active AND b.currency = p.currency
              AND (b.position, b.id) < (p.position, p.method_id)
              AND {DESTINATION.format(method="b", person="p")} IS NOT NULL
        ) AND NOT %(chosen)s::boolean THEN 'other_method'
        WHEN p.amount < p.minimum_amount AND %(rewards)s::bigint[] IS NULL THEN 'below_minimum'
        WHEN p.this_year + p.amount > p.yearly_limit THEN 'yearly_limit'
        ELSE '' END AS refusal,
        array_remove(ARRAY[
            CASE WHEN p.amount > p.hold_above THEN 'amount' END,
            CASE WHEN EXISTS (
                SELECT 1 FROM referrals_referral r JOIN credits_review v ON v.referral_id = r.id AND v.status = 'open'
                WHERE r.referred_id = p.id
            ) OR EXISTS (
                SELECT 1 FROM referrals_member b JOIN referrals_referral r ON r.referrer_id = b.id
                JOIN credits_review v ON v.referral_id = r.id AND v.status = 'open'
                WHERE b.person_id = p.id
            ) THEN 'review' END,
            CASE WHEN EXISTS (
                SELECT 1 FROM credits_reward w JOIN credits_payment y ON y.action_id = w.action_id
                WHERE w.person_id = p.id AND y.disputed_at IS NOT NULL
            ) THEN 'dispute' END,
            CASE WHEN p.held_until > %(at)s::timestamptz THEN 'account' END
        ], NULL) AS holds
    FROM offered p
)
"""  # noqa: S608 (put together from constants)
SHOWN = "SELECT id, amount, coalesce(destination, ''), refusal, holds, held_until FROM judged ORDER BY id"

# Everybody with something to pay out in a program; returned payouts leave a balance without a reward. Each arm is
# bounded by itself, so that a batch reads no more of the index than it takes.
PAYABLE = """
(SELECT DISTINCT w.person_id FROM credits_reward w
 WHERE w.tenant_id = %(tenant)s::bigint AND w.currency = %(currency)s::text AND w.status = 'available'
   AND w.program_id = %(program)s::bigint AND w.person_id > %(after)s::bigint
 ORDER BY w.person_id LIMIT %(limit)s::bigint)
UNION
(SELECT DISTINCT p.person_id FROM payouts_payout p JOIN payouts_payoutmethod m ON m.id = p.method_id
 WHERE p.tenant_id = %(tenant)s::bigint AND p.currency = %(currency)s::text AND p.returned_amount > 0
   AND m.program_id = %(program)s::bigint AND p.person_id > %(after)s::bigint
 ORDER BY p.person_id LIMIT %(limit)s::bigint)
ORDER BY person_id LIMIT %(limit)s::bigint
"""


@dataclass(frozen=True)
class Candidate:
    """What a method would pay a person, in minor units of its currency: `amount`, held for the reasons in `holds`; or
    why nothing, in `refusal`: paused, blocked, under_way, owes, nothing, no_account, other_method, below_minimum,
    yearly_limit, not_payable.
    """

    person_id: int
    amount: int
    destination: str
    refusal: str
    holds: list[str]
    held_until: datetime | None


def judge_candidates(
    method: PayoutMethod, people: list[int], *, at: datetime, is_chosen: bool = False, rewards: list[int] | None = None
) -> list[Candidate]:
    """What a method would pay these people as of now: all they have, or the named rewards of it.

    `is_chosen` where somebody asked for this very method, whatever other one of the program comes first for them.
    """
    named: dict[str, Any] = {"method": method.pk, "people": people, "rewards": rewards}
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES + SHOWN, {**named, "at": at, "chosen": is_chosen})
        return [Candidate(*row) for row in cursor.fetchall()]


def next_payable(method: PayoutMethod, *, after: int = 0, limit: int | None = None) -> list[int]:
    """The ids of people in whose name a program has something available, in order, those after an id."""
    named: dict[str, Any] = {"tenant": method.tenant_id, "currency": method.currency, "program": method.program_id}
    with connection.cursor() as cursor:
        cursor.execute(PAYABLE, {**named, "after": after, "limit": limit})
        return [person for (person,) in cursor.fetchall()]


def payable_people(method: PayoutMethod, *, batch: int = 500) -> Iterator[list[int]]:
    """All of them, in batches."""
    people = next_payable(method, limit=batch)
    while people:
        yield people
        people = next_payable(method, after=people[-1], limit=batch)
