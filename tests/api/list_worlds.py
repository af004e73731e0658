"""Tenants alike but for how much they have: so many credits and touches, made in SQL, and callers of each dialect."""

from base64 import b64encode
from dataclasses import dataclass

from django.db import connection
from django.test import Client

from api.webshare.counts import recount_credits
from referrals.models import KeyBinding, Member, Person
from referrals.services.block_counts import recount_blocks
from referrals.services.touch_counts import recount_touches
from tenants.models import Plan
from tenants.services.keys import create_key
from tests.cast import NOON, make_member, make_program, make_tenant
from tests.credits.bulk import add_credits

# Touches of one code, three seconds apart; one in fifty brought somebody in.
TOUCHES = """
INSERT INTO referrals_attribution
    (id, tenant_id, code_id, member_id, kind, status, verdict, device, user_agent, occurred_at, expires_at, recorded_at)
SELECT referrals_attribution_id(instant), %(tenant)s, %(code)s, %(member)s, 'click',
       CASE WHEN number %% 50 = 0 THEN 'confirmed' ELSE 'pending' END, 'valid', number, 'Mozilla/5.0',
       instant, instant + interval '90 days', instant
FROM generate_series(1, %(number)s) number, LATERAL (SELECT %(at)s - number * interval '3 seconds') made (instant)
"""
# One referral in seven is pending on the referrer's side, one credit in five is available.
MIXED = [
    "UPDATE referrals_referral SET referrer_moderation = 'PENDING' WHERE tenant_id = %s AND id %% 7 = 0",
    "UPDATE credits_reward SET status = 'available', available_at = matures_at WHERE tenant_id = %s AND id %% 5 = 0",
]


@dataclass(frozen=True)
class World:
    """A tenant with its referrer Alice, who has all the touches and referrals and a half of the credits."""

    alice: Member
    referred: Person
    touches: int

    def caller(self, style: str, *, of_alice: bool = False) -> Client:
        issued = create_key(self.alice.tenant, scopes=["read", "write", "admin"], at=NOON)
        if of_alice:
            KeyBinding.objects.create(api_key=issued.key, person=self.alice.person)
        basic = b64encode(f":{issued.secret}".encode()).decode()
        return Client(headers={"Authorization": f"{style} {basic if style == 'Basic' else issued.secret}"})


def make_world(alias: str, *, credits: int, touches: int) -> World:  # noqa: A002  # Vouch's own word
    tenant = make_tenant(alias, open_endpoints=True)
    alice = make_member(make_program(tenant), "alice", code=alias.upper())
    Person.objects.filter(pk=alice.person_id).update(account_id="alice-co")
    asked = {"tenant": tenant.pk, "code": alice.codes.get().pk, "member": alice.pk, "number": touches, "at": NOON}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers: `settle` counts anew, which is quicker
        assert add_credits(alice, referrals=credits // 2) == credits
        cursor.execute(TOUCHES, asked)
        for statement in MIXED:
            cursor.execute(statement, [tenant.pk])
        cursor.execute("SET session_replication_role = origin")
    Plan.objects.filter(pk=tenant.plan_id).update(calls_per_minute=10**6, credits_per_day=None, credits_per_month=10**9)
    referred = Person.objects.filter(tenant=tenant).exclude(pk=alice.person_id).order_by("pk")[credits // 4]
    return World(alice, referred, touches)


def settle() -> None:
    """Count what there is, and have the tables looked over, as the server itself does in time."""
    for recount in (recount_touches, recount_blocks, recount_credits):
        recount()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
