"""What is owed and in no payout yet, by who is to have it and by which method: each answer is one statement."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from payouts.models import PayoutMethod
from referrals.models import Member, Referral, Side
from tenants.models import Tenant

# A reward goes by the method that was chosen for it, or else by the first of its program's in its currency. What may
# not be paid yet is in its hold, or in a dispute.
OWED = """
WITH firsts AS MATERIALIZED (
    SELECT DISTINCT ON (program_id, currency) id, program_id, currency FROM payouts_payoutmethod
    WHERE tenant_id = %(tenant)s::bigint ORDER BY program_id, currency, is_active DESC, position, id
),
owed AS MATERIALIZED (
    SELECT w.id, w.uid, w.person_id, w.program_id, w.currency, w.side,
           CASE w.side WHEN 'referred' THEN w.referral_id END AS referral_id,
           w.amount - w.reversed_amount - w.redeemed_amount AS amount,
           coalesce(c.id, f.id) AS method_id, coalesce(r.referrer_id, m.id) AS member_id
    FROM credits_reward w
    LEFT JOIN payouts_payoutmethod c ON c.uid = w.method_uid AND c.tenant_id = w.tenant_id
    LEFT JOIN firsts f ON f.program_id = w.program_id AND f.currency = w.currency
    LEFT JOIN referrals_referral r ON r.id = w.referral_id
    LEFT JOIN referrals_member m ON r.id IS NULL AND m.program_id = w.program_id AND m.person_id = w.person_id
    WHERE w.tenant_id = %(tenant)s::bigint
      AND (w.status IN ('available', 'pending') AND %(early)s::boolean
           OR w.frozen_at IS NULL
           AND (w.status = 'available' OR w.status = 'pending' AND w.matures_at <= %(at)s::timestamptz))
      AND (%(person)s::bigint IS NULL OR w.person_id = %(person)s::bigint)
      AND (%(side)s::text IS NULL OR w.side = %(side)s::text)
      AND (%(program)s::bigint IS NULL OR w.program_id = %(program)s::bigint)
      AND (%(referral)s::bigint IS NULL OR w.referral_id = %(referral)s::bigint)
      AND (%(method)s::bigint IS NULL OR coalesce(c.id, f.id) = %(method)s::bigint)
)
"""
GROUPS = f"""{OWED},
grouped AS (
    SELECT method_id, program_id, currency, side, member_id, referral_id, min(id) AS first, count(*) AS rewards,
           sum(amount)::bigint AS amount, string_agg(uid::text, ',' ORDER BY id) AS uids
    FROM owed GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT count(*) OVER (), o.uid, o.name, g.rewards, g.amount, g.currency, g.uids, p.uid, p.name, m.uid, m.person_id,
       r.uid, r.referred_id, g.side
FROM grouped g
JOIN referrals_program p ON p.id = g.program_id
LEFT JOIN payouts_payoutmethod o ON o.id = g.method_id
LEFT JOIN referrals_member m ON m.id = g.member_id
LEFT JOIN referrals_referral r ON r.id = g.referral_id
ORDER BY g.first LIMIT %(limit)s::bigint
"""  # noqa: S608 (put together from constants)
PEOPLE = f"{OWED} SELECT DISTINCT person_id FROM owed ORDER BY 1 LIMIT %(limit)s::bigint"  # noqa: S608 (the same)
REWARDS = f"{OWED} SELECT id FROM owed ORDER BY 1 LIMIT %(limit)s::bigint"  # noqa: S608 (the same)


class Recipient(NamedTuple):
    """Who is to have something: a member for whom they brought in, or a person for being brought in by one referral."""

    person_id: int
    program_id: int
    side: str
    referral_id: int | None = None


class Group(NamedTuple):
    """What is owed to one recipient by one method, in minor units; `total` is how many groups there are."""

    total: int
    method_uid: UUID | None
    method_name: str | None
    rewards: int
    amount: int
    currency: str
    reward_uids: str
    program_uid: UUID
    program_name: str
    member_uid: UUID | None
    member_person_id: int | None
    referral_uid: UUID | None
    referred_id: int | None
    side: str


def find_recipient(tenant: Tenant, uid: UUID) -> Recipient | None:
    """Who is meant by the id of a member or of a referral, removed ones too: what they earned is theirs."""
    member = Member.objects.filter(tenant=tenant, uid=uid).first()
    if member:
        return Recipient(member.person_id, member.program_id, Side.REFERRER)
    referral = Referral.objects.filter(tenant=tenant, uid=uid).first()
    return Recipient(referral.referred_id, referral.program_id, Side.REFERRED, referral.pk) if referral else None


def owed_groups(
    tenant: Tenant, *, at: datetime, limit: int, recipient: Recipient | None = None, early: bool = False
) -> list[Group]:
    """What is owed as of an instant, the longest owed first. `early` counts what may not be paid yet."""
    return [Group(*row) for row in _ask(GROUPS, tenant, recipient=recipient, at=at, early=early, limit=limit)]


def owed_people(
    method: PayoutMethod, *, at: datetime, limit: int, recipient: Recipient | None = None, early: bool = False
) -> list[int]:
    """The ids of people to whom something is owed by a method, in order."""
    told: dict[str, Any] = {"recipient": recipient, "method": method, "at": at, "early": early}
    return [person for (person,) in _ask(PEOPLE, method.tenant, **told, limit=limit)]


def owed_rewards(
    method: PayoutMethod,
    person_id: int,
    *,
    at: datetime,
    limit: int,
    recipient: Recipient | None = None,
    early: bool = False,
) -> list[int]:
    """The ids of the rewards that are owed to a person by a method, in order."""
    told: dict[str, Any] = {"recipient": recipient, "method": method, "at": at, "early": early}
    return [reward for (reward,) in _ask(REWARDS, method.tenant, person_id=person_id, **told, limit=limit)]


def _ask(
    statement: str,
    tenant: Tenant,
    *,
    recipient: Recipient | None,
    at: datetime,
    early: bool,
    limit: int,
    method: PayoutMethod | None = None,
    person_id: int | None = None,
) -> list[Any]:
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "method": method.pk if method else None,
        "person": recipient.person_id if recipient else person_id,
        "program": recipient.program_id if recipient else None,
        "side": recipient.side if recipient else None,
        "referral": recipient.referral_id if recipient else None,
        "at": at,
        "early": early,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
