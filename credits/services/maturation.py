"""Rewards whose hold has passed become available: set-based, in batches, by any number of workers at once."""

import time
from datetime import datetime
from typing import Any

from django.db import connection

# One statement a batch, and one transaction: a worker killed anywhere leaves whole batches done and none half. Locked
# rows belong to another worker and are skipped. Everything is asked again here, whatever queued the work: the hold, an
# open review, a dispute, moderation of what a rule granted, and that tenant, program, person and membership are in good
# standing.
STATEMENT = """
WITH due AS (
    SELECT w.id
    FROM credits_reward w
    JOIN referrals_program p ON p.id = w.program_id AND p.is_active
    JOIN tenants_tenant t ON t.id = w.tenant_id AND t.is_active
    JOIN referrals_person h ON h.id = w.person_id AND h.blocked_at IS NULL
    LEFT JOIN referrals_referral r ON r.id = w.referral_id
    LEFT JOIN referrals_member m ON m.id = r.referrer_id
    WHERE w.status = 'pending' AND {wanted} AND w.frozen_at IS NULL
      AND (w.rule_id IS NULL OR CASE w.side
               WHEN 'referrer' THEN r.referrer_moderation = 'APPROVED' AND m.status <> 'Disabled'
               ELSE r.referred_moderation = 'APPROVED' END)
      AND NOT EXISTS (SELECT 1 FROM credits_review v WHERE v.referral_id = r.id AND v.status = 'open')
    ORDER BY w.matures_at, w.id
    LIMIT %(batch)s::int
    FOR NO KEY UPDATE OF w SKIP LOCKED
),
matured AS (
    UPDATE credits_reward w
    SET status = 'available', available_at = %(at)s::timestamptz, updated_at = %(at)s::timestamptz,
        matures_at = least(w.matures_at, %(at)s::timestamptz)
    FROM due WHERE w.id = due.id AND w.status = 'pending'
    RETURNING w.*
),
posted AS (
    INSERT INTO credits_ledgerentry
        (tenant_id, person_id, currency, amount, debit, credit, kind, key, reward_id, effective_at, recorded_at)
    SELECT tenant_id, person_id, currency, amount - reversed_amount, 'pending', 'available', 'mature', 'mature:' || id,
           id, %(at)s::timestamptz, clock_timestamp()
    FROM matured
    RETURNING 1
),
told AS (
    INSERT INTO events_event (tenant_id, uid, kind, subject, data, occurred_at, recorded_at)
    SELECT tenant_id, gen_random_uuid(), 'reward.available', uid,
           jsonb_build_object('before', jsonb_build_object('status', 'pending'),
                              'after', jsonb_build_object('status', 'available')),
           %(at)s::timestamptz, clock_timestamp()
    FROM matured
    RETURNING 1
)
SELECT (SELECT count(*) FROM matured), (SELECT count(*) FROM posted), (SELECT count(*) FROM told)
"""
MATURE = STATEMENT.format(wanted="w.matures_at <= %(at)s::timestamptz")
MATURE_EARLY = STATEMENT.format(wanted="w.id = ANY(%(rewards)s::bigint[])")


def mature_pending(*, at: datetime, batch: int = 5000, seconds: float = 60.0) -> int:
    """Mature what is due as of an instant, each batch in a transaction of its own; return how many rewards.

    Stops after the given seconds at the latest with whole batches done: the next sweep goes on from there. A reward in
    an open review, in a dispute, or of a paused program waits, however long its hold has passed.
    """
    deadline = time.monotonic() + seconds
    total = 0
    while True:
        matured = _mature(MATURE, at=at, batch=batch)
        total += matured
        if matured < batch or time.monotonic() > deadline:
            return total


def mature_early(rewards: list[int], *, at: datetime) -> int:
    """Mature these rewards though their hold has not passed, on somebody's word; return how many.

    Whatever else keeps a reward waiting, keeps it waiting here too.
    """
    return _mature(MATURE_EARLY, at=at, batch=len(rewards), rewards=rewards)


def _mature(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        matured, posted, told = cursor.fetchone()
    assert matured == posted == told, f"{matured} rewards matured by {posted} entries and {told} events"
    return int(matured)
