"""Touches: recording a click in one round trip to the database, and the partitions that hold them."""

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from crawlerdetect import CrawlerDetect
from django.conf import settings
from django.db import connection, transaction

from referrals.errors import AmbiguousCode, UnknownCode
from referrals.models import Attribution, Person
from tenants.models import Tenant

REPEAT_WINDOW = timedelta(minutes=5)  # one device on one code within this time is one touch
_crawlers = CrawlerDetect()


class Click(NamedTuple):
    """What `record_click` recorded, or found recorded already (`created` is False)."""

    created: bool
    id: int
    tenant_id: int
    code_id: int
    code: str
    member_id: int
    person_uid: UUID
    person_external_id: str | None
    program_id: int
    status: str
    kind: str
    verdict: str
    ip_address: str | None
    user_agent: str
    referrer_url: str
    occurred_at: datetime
    recorded_at: datetime
    new_member_id: int | None
    landing_url: str
    allowed_origins: list[str]
    override_url: str

    @property
    def public_id(self) -> str:
        return f"attr_{self.id:x}"


# One statement: resolve the code, look for the same device's touch a moment ago, insert one if there is none. The
# commit of a click is not waited for: one lost in a crash is bearable. The setting ends with the transaction, so it
# must not be touched for a coupon, which is recorded inside one that may move money.
RECORD_CLICK = """
WITH setting AS (
    SELECT CASE WHEN %(is_click)s::bool THEN set_config('synchronous_commit', 'off', true) END
),
code AS (
    SELECT c.id, c.tenant_id, c.code, c.member_id, p.id AS program_id, p.landing_url, p.allowed_origins,
           m.custom_override_url, h.uid AS person_uid, h.external_id AS person_external_id, p.attribution_window_days
    FROM setting, referrals_code c
    JOIN referrals_member m ON m.id = c.member_id AND m.status <> 'Disabled' AND m.removed_at IS NULL
    JOIN referrals_program p ON p.id = m.program_id AND p.is_active
    JOIN referrals_person h ON h.id = m.person_id AND h.blocked_at IS NULL
    JOIN tenants_tenant t ON t.id = c.tenant_id AND t.is_active
    WHERE upper(c.code) = upper(%(code)s::text) AND c.is_active
      AND (c.starts_at IS NULL OR c.starts_at <= %(at)s) AND (c.ends_at IS NULL OR c.ends_at > %(at)s)
      AND (c.tenant_id = coalesce(%(tenant)s::bigint, (SELECT tenant_id FROM tenants_domain WHERE host = %(host)s),
                                  c.tenant_id))
),
the_code AS (SELECT * FROM code WHERE (SELECT count(*) FROM code) = 1),
repeated AS (
    SELECT a.* FROM the_code JOIN referrals_attribution a ON a.code_id = the_code.id
    WHERE a.device = %(device)s::bigint AND a.id >= referrals_attribution_floor(%(repeats_since)s)
      AND a.id <= referrals_attribution_floor(%(at)s) + 1048575
      AND a.kind = %(kind)s::text AND a.verdict = %(verdict)s::text AND a.visitor = %(visitor)s::text
      AND a.status = 'pending' AND a.deleted_at IS NULL
    ORDER BY a.id DESC LIMIT 1
),
inserted AS (
    INSERT INTO referrals_attribution (
        id, tenant_id, code_id, member_id, kind, verdict, visitor, device, ip_address, user_agent, referrer_url,
        landing_path, utm_source, utm_medium, utm_campaign, occurred_at, expires_at, recorded_at
    )
    SELECT referrals_attribution_id(%(at)s), tenant_id, id, member_id, %(kind)s, %(verdict)s, %(visitor)s,
           %(device)s::bigint, %(ip)s::inet, %(user_agent)s, %(referrer_url)s, %(landing_path)s, %(utm_source)s,
           %(utm_medium)s, %(utm_campaign)s, %(occurred_at)s::timestamptz,
           %(occurred_at)s::timestamptz + attribution_window_days * interval '24 hours', %(at)s::timestamptz
    FROM the_code WHERE NOT EXISTS (SELECT 1 FROM repeated)
    RETURNING *
),
touch AS (SELECT true AS created, * FROM inserted UNION ALL SELECT false, * FROM repeated)
SELECT touch.created, touch.id, touch.tenant_id, touch.code_id, code.code, touch.member_id, code.person_uid,
       code.person_external_id, code.program_id, touch.status, touch.kind, touch.verdict, host(touch.ip_address),
       touch.user_agent, touch.referrer_url, touch.occurred_at, touch.recorded_at, touch.new_member_id,
       code.landing_url, code.allowed_origins, code.custom_override_url, (SELECT count(*) FROM code) AS matches
FROM code LEFT JOIN touch ON touch.code_id = code.id
LIMIT 1
"""


DETAILS = {
    "visitor": 64, "referrer_url": 2048, "landing_path": 2048, "utm_source": 200, "utm_medium": 200,
    "utm_campaign": 200,
}  # fmt: skip


def record_click(
    code: str,
    *,
    ip: str,
    user_agent: str,
    at: datetime,
    tenant: Tenant | None = None,
    host: str = "",
    occurred_at: datetime | None = None,
    prefetch: bool = False,
    is_vouched_for: bool = False,
    **details: str,
) -> Click:
    """Record a click on a code, or find the one the same visitor made on it with the same device within the last five
    minutes. Two people behind one address with the same browser are two visitors.

    `details` are visitor, referrer_url, landing_path, utm_source, utm_medium and utm_campaign. The tenant is the given
    one, or that of the host name, or the only one with such a code. Bots and previews are kept but never win; a click
    is vouched for by a caller with a key, who may know nothing of the visitor's browser.
    Raises UnknownCode, and AmbiguousCode when nothing tells whose code is meant.
    """
    return _record(
        code,
        at=at,
        tenant=tenant,
        host=host,
        occurred_at=occurred_at or at,
        kind=Attribution.Kind.CLICK,
        verdict=judge_agent(user_agent, prefetch=prefetch, is_vouched_for=is_vouched_for),
        device=device_of(ip, user_agent),
        ip=ip or None,
        user_agent=user_agent[:512],
        details=details,
    )


def record_coupon(code: str, *, person: Person, at: datetime) -> Click:
    """Record that a person gave a code themselves, at sign-up or at the till: a touch of its own kind."""
    return _record(
        code,
        at=at,
        tenant=person.tenant,
        occurred_at=at,
        kind=Attribution.Kind.COUPON,
        verdict=Attribution.Verdict.VALID,
        device=device_of(str(person.uid), Attribution.Kind.COUPON),
        ip=None,
        user_agent="",
        details={},
    )


def _record(
    code: str, *, tenant: Tenant | None, at: datetime, details: dict[str, str], host: str = "", **touch: Any
) -> Click:
    parameters = {
        **{name: details.get(name, "")[:length] for name, length in DETAILS.items()},
        **touch,
        "is_click": touch["kind"] == Attribution.Kind.CLICK,
        "code": code.strip(),
        "tenant": tenant.pk if tenant else None,
        "host": host,
        "at": at,
        "repeats_since": at - REPEAT_WINDOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD_CLICK, parameters)
        row = cursor.fetchone()
    if row is None:
        raise UnknownCode
    if row[-1] > 1:
        raise AmbiguousCode
    return Click(*row[:-1])


def judge_agent(user_agent: str, *, prefetch: bool = False, is_vouched_for: bool = False) -> str:
    """Whether a touch counts: a browser that was not merely looking ahead. No agent at all is no browser, unless a
    caller with a key tells of a click without saying by what.
    """
    if prefetch:
        return Attribution.Verdict.PREFETCH
    if not user_agent.strip():
        return Attribution.Verdict.VALID if is_vouched_for else Attribution.Verdict.BOT
    if _crawlers.is_crawler(user_agent):
        return Attribution.Verdict.BOT
    return Attribution.Verdict.VALID


def device_of(ip: str, user_agent: str) -> int:
    """A keyed 63-bit hash of address and agent: it tells two touches apart and cannot be turned back. A touch of which
    nothing is known is like no other.
    """
    if not ip and not user_agent:
        return secrets.randbits(63)
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"{ip}|{user_agent}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "big") >> 1


@transaction.atomic
def ensure_partitions(*, first: date, last: date) -> int:
    """Make the monthly partitions from one month to another, both included; return how many were missing."""
    made = 0
    month = first.replace(day=1)
    with connection.cursor() as cursor:
        while month <= last:
            cursor.execute("SELECT referrals_attribution_month(%s::date)", [month])
            made += int(cursor.fetchone()[0])
            month = (month + timedelta(days=32)).replace(day=1)
    return made
