"""Two tenants that are alike in everything they choose: ids, accounts, e-mail addresses, codes, names of clicks,
addresses of webhooks, Stripe's ids. What Vouch makes up differs, and surnames; and each has a user of its own.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from django.utils import timezone

from api.native.ids import id_of
from api.native.webhooks import new_secret
from credits.models import Review, Reward
from credits.services.accounts import sync_account
from credits.services.maturation import mature_pending
from credits.services.programs import create_default_program
from events.models import Event
from events.services.endpoints import send_test, subscribe, subscribe_to
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_default_methods, set_account
from payouts.services.requests import request_payout
from referrals.models import Attribution, Code, Identifier, KeyBinding, Member, Person, Program, Referral
from referrals.services.accounts import apply_code
from referrals.services.attributions import record_click
from referrals.services.coupons import apply_coupon
from referrals.services.members import add_code
from referrals.services.named_clicks import record_named_click
from referrals.services.outreach.suppressions import suppress_email
from referrals.services.people import note_identifier
from referrals.services.referrals import refer
from referrals.services.registration import register_person
from tenants.models import Tenant
from tenants.services.keys import create_key
from tests.api.crawlora.worlds import set_full
from tests.cast import NOON, make_tenant, pay
from tests.stripe_objects import deliver_and_handle, event, invoice

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
HOOK = "https://hooks.test/sq"
LATER = NOON + timedelta(days=31)
Names = dict[str, Any]


@dataclass
class Twin:
    tenant: Tenant
    alice: Member
    key: str
    bound_key: str  # Alice's own
    names: Names  # what an address or a body may call that is this tenant's and nobody else's

    def token(self, **claims: Any) -> str:
        """One by which the tenant vouches for its Alice."""
        claims = {"exp": int(timezone.now().timestamp()) + 600, **claims}
        return jwt.encode(claims, self.tenant.member_token_secret, algorithm="HS256")


def make_twin(alias: str, **fields: Any) -> Twin:
    """Alice has brought in Dana, who paid; Erin, who is held; Gus, whose grant failed; and Finn by a coupon. Some of it
    is being paid out. The user whom only this tenant has brought in a friend.
    """
    tenant = make_tenant(alias, open_endpoints=True, **fields)
    create_default_methods(create_default_program(tenant, at=NOON), at=NOON)
    alice = add_user(tenant, "alice", code="ALICE")
    bring_in_dana(alice)
    hold_erin(alice)
    give_finn_a_coupon(alice)
    fail_gus(alice)
    payout = pay_out(alice)
    friend, coupon = bring_in_a_friend(add_user(tenant, f"only-{alias}", code=f"ONLY{alias.upper()}"))
    sync_account(tenant, "dana-co", status="PAID", value=10_00, currency="USD", at=NOON, actor="test")
    subscribe(tenant, dialect="saasquatch", url=HOOK, name=surname(alias), at=NOON)
    sync_account(tenant, f"only-{alias}-co", status="FREE", at=NOON, actor="test")
    for url in (f"{HOOK}-{alias}", f"{HOOK}-{alias}/test"):
        subscribe(tenant, dialect="saasquatch", url=url, at=NOON)
    web_hook = subscribe_to(tenant, dialect="referral_rock", url=f"{HOOK}-{alias}", topic="ReferralAdd", at=NOON)
    add_autumn(friend, alias)
    suppress_email(tenant, f"unsubscribed@{alias}.example", source="api", at=NOON)
    secrets = [create_key(tenant, scopes=["read", "write", "admin"], at=NOON) for _ in range(2)]
    KeyBinding.objects.create(api_key=secrets[1].key, person=alice.person)
    return Twin(
        tenant, alice, secrets[0].secret, secrets[1].secret, name_all(alias, friend, coupon, payout, str(web_hook.uid))
    )


def surname(alias: str) -> str:
    """Is in whatever is shown of a tenant's people and nowhere else."""
    return f"{alias.title()}son"


def add_user(tenant: Tenant, name: str, *, code: str) -> Member:
    about = {"first_name": name.title(), "last_name": surname(tenant.alias), "email": f"{name}@{name}.example"}
    told = register_person(tenant, account_id=f"{name}-co", external_id=name, code=code, at=NOON, **about)
    assert told.member
    return told.member


def bring_in_dana(alice: Member) -> None:
    """By a click that its client named; she paid an invoice that Stripe told of, and what it earned is available."""
    dana = add_user(alice.tenant, "dana", code="DANA").person
    note_identifier(dana, Identifier.Kind.STRIPE_CUSTOMER, "cus_dana", at=NOON)
    touch = {"ip": "198.51.100.1", "user_agent": PHONE, "landing_path": f"/{surname(alice.tenant.alias)}"}
    record_named_click("ALICE", name="refclk_shared", tenant=alice.tenant, at=NOON, **touch)
    refer(alice.program, dana, code="ALICE", at=NOON)
    deliver_and_handle(alice.tenant, event("invoice.paid", invoice("in_dana"), key="evt_dana"))
    assert mature_pending(at=LATER) > 0


def hold_erin(alice: Member) -> None:
    """She pays with Alice's Stripe customer."""
    erin = add_user(alice.tenant, "erin", code="ERIN").person
    for person in (alice.person, erin):
        note_identifier(person, Identifier.Kind.STRIPE_CUSTOMER, "cus_shared", at=NOON)
    pay(apply_code(erin, "ALICE", at=NOON), 100_00, key="in_erin")


def give_finn_a_coupon(alice: Member) -> None:
    add_code(alice, "SUMMER20", kind=Code.Kind.COUPON, at=NOON, description=surname(alice.tenant.alias))
    apply_coupon(add_user(alice.tenant, "finn", code="FINN").person, "SUMMER20", at=NOON)


def fail_gus(alice: Member) -> None:
    """He paid, and what that earned could not be granted; by now it could."""
    referral = apply_code(add_user(alice.tenant, "gus", code="GUS").person, "ALICE", at=NOON)
    set_full(full=True)
    pay(referral, 100_00, key="in_gus")
    set_full(full=False)


def bring_in_a_friend(member: Member) -> tuple[Referral, Code]:
    """By a click of June's campaign; the friend paid. And a coupon of the member's own."""
    code = member.codes.get(is_default=True).code
    touch = {"ip": "198.51.100.2", "user_agent": PHONE, "utm_campaign": "june"}
    click = record_click(code, tenant=member.tenant, at=NOON, **touch)
    friend = add_user(member.tenant, f"{member.person.external_id}-friend", code=f"{code}2").person
    referral = refer(member.program, friend, click_id=click.public_id, at=NOON)
    pay(referral, 100_00, key="in_friend")
    return referral, add_code(member, f"{code}20", kind=Code.Kind.COUPON, at=NOON)


def pay_out(alice: Member) -> Payout:
    kind, address = PayoutMethod.Kind.MANUAL, f"pay@{surname(alice.tenant.alias)}.example".lower()
    set_account(alice.person, kind=kind, destination=address, actor="test", at=NOON)
    return request_payout(alice.person, alice.program.payout_methods.get(kind=kind), actor="test", at=LATER)


def add_autumn(friend: Referral, alias: str) -> Program:
    """A program that only this tenant has, by its name."""
    return Program.objects.create(tenant=friend.tenant, name=f"only-{alias}-autumn", is_active=False, created_at=NOON)


def name_all(alias: str, friend: Referral, coupon: Code, payout: Payout, web_hook: str) -> Names:
    """What is this tenant's and has to do with the user whom only it has; the payout is its Alice's."""
    reward = friend.rewards.get(side="referrer")
    return {
        "referral": str(friend.uid),
        "short_referral": friend.uid.hex[:24],
        "short_reward": reward.uid.hex[:24],
        "touch": f"attr_{friend.attribution_id:x}",
        "credit": reward.pk,
        "earn_out": payout.pk,
        "channel": coupon.pk,
        "coupon": coupon.code,
        "person": friend.referred_id,
        "person_uid": str(friend.referred.uid),
        "mentor": str(friend.referrer.person.uid),
        "user": f"only-{alias}",
        "account": f"only-{alias}-co",
        "code": friend.code.code,
        "hook": f"{HOOK}-{alias}",
        "program": str(friend.program.uid),
        "program_name": f"only-{alias}-autumn",
        "member": str(friend.referrer.uid),
        "member_email": friend.referrer.person.email,
        "reward": str(reward.uid),
        "method": str(payout.method.uid),
        "transaction": str(payout.uid),
        "web_hook": web_hook,
        "unsubscribed": f"unsubscribed@{alias}.example",
        **native_names(friend, coupon, payout),
    }


def native_names(friend: Referral, coupon: Code, payout: Payout) -> Names:
    """The same by the ids of our own API, whose resources call them."""
    tenant, reward = friend.tenant, friend.rewards.get(side="referrer")
    mine = subscribe(tenant, dialect="vouch", url=f"https://{tenant.alias}.test/vouch", at=NOON, secret=new_secret())
    named = {
        "programs": friend.program, "reward-rules": reward.rule, "people": friend.referrer.person,
        "members": friend.referrer, "codes": coupon, "attributions": Attribution(pk=friend.attribution_id),
        "referrals": friend, "actions": reward.action, "rewards": reward, "reviews": Review.objects.get(tenant=tenant),
        "ledger-entries": reward.entries.get(), "payout-methods": payout.method, "payouts": payout,
        "webhook-endpoints": mine, "deliveries": send_test(mine, topic="webhook.test", at=NOON),
        "events": Event.objects.filter(tenant=tenant, kind="referral.attributed").last(),
        "keys": create_key(tenant, scopes=["read"], at=NOON).key,
    }  # fmt: skip
    return {name: id_of(thing) for name, thing in named.items()}


UUIDS = {
    "programs": "prg", "reward-rules": "rul", "people": "per", "members": "mem", "referrals": "ref", "rewards": "rwd",
    "reviews": "rev", "payout-methods": "met", "payouts": "pay", "webhook-endpoints": "whk", "deliveries": "dlv",
    "keys": "key", "events": "evt",
}  # fmt: skip
INTEGERS = {"codes": "cod", "attributions": "attr", "actions": "act", "ledger-entries": "ent"}
NOBODYS: Names = {
    "referral": "00000000-0000-4000-8000-000000000000",
    "short_referral": "0" * 24,
    "short_reward": "0" * 24,
    "touch": "attr_fffffffff",
    "credit": 999_999_999,
    "earn_out": 999_999_999,
    "channel": 999_999_999,
    "coupon": "ONLYHOOLI20",
    "person": 999_999_999,
    "person_uid": "00000000-0000-4000-8000-000000000000",
    "mentor": "00000000-0000-4000-8000-000000000000",
    "user": "only-hooli",
    "account": "only-hooli-co",
    "code": "ONLYHOOLI",
    "hook": f"{HOOK}-hooli",
    "program": "00000000-0000-4000-8000-000000000000",
    "program_name": "only-hooli-autumn",
    "member": "00000000-0000-4000-8000-000000000000",
    "member_email": "only-hooli@only-hooli.example",
    "reward": "00000000-0000-4000-8000-000000000000",
    "method": "00000000-0000-4000-8000-000000000000",
    "transaction": "00000000-0000-4000-8000-000000000000",
    "web_hook": "00000000-0000-4000-8000-000000000000",
    "unsubscribed": "unsubscribed@hooli.example",
    **{name: f"{prefix}_{'0' * 12}4{'0' * 3}8{'0' * 15}" for name, prefix in UUIDS.items()},
    **{name: f"{prefix}_fffffffff" for name, prefix in INTEGERS.items()},
}
# What both tenants call their own by the very same names.
SHARED: Names = {
    "user": "dana",
    "account": "dana-co",
    "code": "ALICE",
    "coupon": "SUMMER20",
    "mentor": "alice",
    "hook": HOOK,
}


def marks_of(twin: Twin) -> list[str]:
    """Texts of which each is in what is shown of some row of a tenant, and in nothing else."""
    people = [*Person.objects.filter(tenant=twin.tenant), *Member.objects.filter(tenant=twin.tenant)]
    made_up = [*Referral.objects.filter(tenant=twin.tenant), *Reward.objects.filter(tenant=twin.tenant), *people]
    touches = Attribution.objects.filter(tenant=twin.tenant)
    texts = [str(row.uid) for row in made_up] + [row.uid.hex[:24] for row in made_up]
    return [*texts, *(touch.public_id for touch in touches), surname(twin.tenant.alias), twin.names["program"]]
