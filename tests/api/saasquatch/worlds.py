"""The worlds of SaaSquatch's recordings. Alice Liddell of acme refers people with the code ALICE; Bo is of nobody's."""

from datetime import timedelta
from typing import Any

import jwt
from django.utils import timezone

from credits.services.accounts import sync_account
from credits.services.cancelling import cancel_reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.programs import create_default_program
from credits.services.redemption import redeem
from events.services.endpoints import subscribe
from referrals.models import KeyBinding, Member, Moderation, Person, Referral, Side
from referrals.services.registration import register_person
from referrals.services.standing import block_person
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_tenant, pay

MATURED = NOON + timedelta(days=31)


def key_of(tenant: Tenant, *scopes: str, person: Person | None = None) -> str:
    issued = create_key(tenant, scopes=scopes or ["read", "write", "admin"], at=NOON)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    return issued.secret


def basic(secret: str) -> str:
    import base64

    return base64.b64encode(f":{secret}".encode()).decode()


def token_of(tenant: Tenant, account: str, user: str, *, seconds: int = 600, secret: str = "", **fields: Any) -> str:
    claims = {
        "user": {"id": user, "accountId": account, **fields},
        "exp": int(timezone.now().timestamp()) + seconds,
    }
    return jwt.encode(claims, secret or tenant.member_token_secret, algorithm="HS256")


def add_user(tenant: Tenant, name: str, *, code: str = "", account: str = "", **fields: Any) -> Member:
    """`name` of an account of their own, unless one is given."""
    fields = {"first_name": name.title(), "email": f"{name}@{name}.example", **fields}
    code = code or name.upper()
    registration = register_person(
        tenant, account_id=account or f"{name}-co", external_id=name, code=code, at=NOON, **fields
    )
    assert registration.member
    return registration.member


def bring_in(referrer: Member, name: str, *, account: str = "", **fields: Any) -> Referral:
    from referrals.services.accounts import apply_code

    friend = add_user(referrer.tenant, name, account=account, **fields)
    return apply_code(friend.person, referrer.codes.get(is_default=True).code, at=NOON)


def start(alias: str = "acme", *, hold_days: int = 30, **fields: Any) -> tuple[Tenant, Member]:
    tenant = make_tenant(alias, **fields)
    create_default_program(tenant, at=NOON, hold_days=hold_days)
    return tenant, add_user(tenant, "alice", code="ALICE", last_name="Liddell", locale="en_GB", country="GB")


def sq(uid: Any) -> str:
    return uid.hex[:24]


def nobody() -> World:
    """A tenant with a program and no users."""
    tenant = make_tenant()
    create_default_program(tenant, at=NOON)
    return {"key": basic(key_of(tenant))}


def alice_alone(**fields: Any) -> World:
    tenant, alice = start(**fields)
    return {
        "tenant": tenant,
        "alice": alice,
        "key": basic(key_of(tenant)),
        "program": str(alice.program.uid),
        "read_token": token_of(tenant, "alice-co", "alice"),
        "write_token": token_of(tenant, "alice-co", "alice", firstName="Alice"),
    }


def dana_attributed(**fields: Any) -> World:
    """Dana used Alice's code and has not paid."""
    world = alice_alone(**fields)
    referral = bring_in(world["alice"], "dana", last_name="Scully")
    dana = referral.referred
    return world | {
        "referral": sq(referral.uid),
        "row": referral,
        "dana_token": token_of(world["tenant"], "dana-co", "dana"),
        "dana_uid": dana.uid,
    }


def dana_synced() -> World:
    """Dana's account pays 20.00 a month, as the tenant told."""
    world = dana_attributed()
    terms = {"status": "PAID", "interval": "MONTH", "interval_count": 1, "value": 20_00, "currency": "USD"}
    sync_account(world["tenant"], "dana-co", at=NOON, actor="key:x", code="ALICE", **terms)
    return world


def dana_paid(**fields: Any) -> World:
    """Dana paid 10.00: Alice earned 2.50, Dana 10.00, both in their hold."""
    world = dana_attributed(**fields)
    pay(world["row"], 10_00)
    return world | named_rewards(world["row"])


def named_rewards(referral: Referral) -> World:
    rewards = {reward.side: reward for reward in referral.rewards.order_by("-id")}
    return {
        "referrer_reward": sq(rewards[Side.REFERRER].uid),
        "referred_reward": sq(rewards[Side.REFERRED].uid),
        "referrer_row": rewards[Side.REFERRER],
        "referrer_rule": str(rewards[Side.REFERRER].rule.lineage),
        "referred_rule": str(rewards[Side.REFERRED].rule.lineage),
    }


def dana_matured(**fields: Any) -> World:
    world = dana_paid(**fields)
    mature_pending(at=MATURED)
    return world


def redeemed_in_part() -> World:
    """Alice has spent 1.00 of her 2.50."""
    world = dana_matured()
    redeem([world["alice"].person], amount=100, currency="USD", key="order-1", actor="key:x", at=MATURED)
    return world


def denied() -> World:
    world = dana_paid()
    moderate(world["row"], Side.REFERRER, Moderation.DENIED, actor="staff:bob", at=MATURED, reason="a friend")
    return world


def cancelled() -> World:
    world = dana_paid()
    cancel_reward(world["referrer_row"], actor="key:x", at=MATURED)
    return world


def in_review() -> World:
    """Dana shares Alice's mailbox: held for review."""
    world = alice_alone()
    referral = bring_in(world["alice"], "dana", email="alice@alice.example")
    pay(referral, 10_00)
    return world | {"referral": sq(referral.uid), "row": referral}


def three_referrals(**fields: Any) -> World:
    """Dana paid, Erin is denied on both sides, Finn has just signed up; Gus is Bo's."""
    world = dana_paid(**fields)
    alice = world["alice"]
    erin, finn = bring_in(alice, "erin"), bring_in(alice, "finn")
    for side in Side:
        moderate(erin, side, Moderation.DENIED, actor="staff:bob", at=MATURED)
    bo = add_user(alice.tenant, "bo", code="BOBO")
    gus = bring_in(bo, "gus")
    return world | {
        "of_dana": world["referral"],
        "of_erin": sq(erin.uid),
        "of_finn": sq(finn.uid),
        "of_gus": sq(gus.uid),
    }


def open_endpoints() -> World:
    return dana_paid(open_endpoints=True)


def open_three_referrals() -> World:
    return three_referrals(open_endpoints=True)


def open_with_bad_tokens() -> World:
    world = open_endpoints()
    tenant = world["tenant"]
    return world | {
        "expired": token_of(tenant, "alice-co", "alice", seconds=-600),
        "forged": token_of(tenant, "alice-co", "alice", secret="0" * 40),
        "stranger": token_of(tenant, "eve-co", "eve"),
        "new_writer": token_of(tenant, "eve-co", "eve", firstName="Eve"),
    }


def open_alice() -> World:
    world = alice_alone(open_endpoints=True)
    tenant = world["tenant"]
    return world | {
        "stranger": token_of(tenant, "eve-co", "eve"),
        "new_writer": token_of(tenant, "eve-co", "eve", firstName="Eve", email="eve@eve.example"),
    }


def open_alice_and_eve() -> World:
    world = open_alice()
    add_user(world["tenant"], "eve")
    return world


def blocked() -> World:
    world = alice_alone(open_endpoints=True)
    block_person(world["alice"].person, at=NOON, actor="key:x")
    return world


def bound_key() -> World:
    """The key is bound to Alice."""
    world = dana_paid(open_endpoints=True)
    return world | {"key": basic(key_of(world["tenant"], person=world["alice"].person))}


def key_that_may_only_read() -> World:
    world = dana_paid(open_endpoints=True)
    return world | {"key": basic(key_of(world["tenant"], "read"))}


def key_that_may_only_write() -> World:
    world = dana_paid(open_endpoints=True)
    return world | {"key": basic(key_of(world["tenant"], "write"))}


def plan_used_up() -> World:
    world = alice_alone()
    Plan.objects.filter(pk=world["tenant"].plan_id).update(calls_per_minute=1)
    tenant = Tenant.objects.select_related("plan").get(pk=world["tenant"].pk)
    admit(tenant, at=timezone.now())
    return world


def twin_tenants() -> World:
    """Charlie's globex has the very same ids and codes; `key` is globex's, the ids are acme's."""
    world = dana_paid(open_endpoints=True)
    theirs = dana_paid(alias="globex", open_endpoints=True)
    return world | {"key": theirs["key"], "referral_of_globex": theirs["referral"]}


def subscribed() -> World:
    world = alice_alone()
    subscribe(world["tenant"], dialect="saasquatch", url="https://hooks.test/sq", name="Zapier", at=NOON)
    subscribe(world["tenant"], dialect="saasquatch", url="https://hooks.test/a?b=c", at=NOON)
    return world


WORLDS = {
    "nobody": nobody,
    "Alice": alice_alone,
    "Dana attributed": dana_attributed,
    "Dana synced": dana_synced,
    "Dana paid": dana_paid,
    "Dana matured": dana_matured,
    "redeemed in part": redeemed_in_part,
    "referrer denied": denied,
    "reward cancelled": cancelled,
    "in review": in_review,
    "three referrals": three_referrals,
    "open": open_endpoints,
    "open, three referrals": open_three_referrals,
    "open, tokens": open_with_bad_tokens,
    "open, Alice": open_alice,
    "open, Alice and Eve": open_alice_and_eve,
    "Alice blocked": blocked,
    "a key bound to Alice": bound_key,
    "a key that may only read": key_that_may_only_read,
    "a key that may only write": key_that_may_only_write,
    "a plan that is used up": plan_used_up,
    "twin tenants": twin_tenants,
    "subscribed": subscribed,
}
