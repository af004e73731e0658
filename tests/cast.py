"""The cast. Alice owns the tenant acme, Bob is staff, Charlie belongs to globex and must see nothing of acme.

Builders take what a test cares about and fill in the rest. They go through the services, so that a person, a member or
a referral of a test is one that Vouch could have made.
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.db import transaction

from credits.models import Reversal, Reward
from credits.services.payments import know_payment
from credits.services.programs import create_default_program
from credits.services.reversals import link_action, record_reversal
from credits.services.rewards import reward_action
from referrals.models import Action, Member, Person, Program, Referral
from referrals.services.members import enrol
from referrals.services.people import upsert_person
from referrals.services.referrals import refer
from tenants.models import Tenant
from tenants.services.tenants import create_tenant

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_numbers = count(1)


def make_tenant(alias: str = "acme", **fields: Any) -> Tenant:
    fields.setdefault("stripe_webhook_secret", f"whsec_{alias}")
    return create_tenant(alias, name=alias.title(), at=NOON, **fields)


def make_program(tenant: Tenant, *, hold_days: int = 30, **fields: Any) -> Program:
    """The default program of DESIGN section 8, with fields of your own."""
    program = create_default_program(tenant, at=NOON, hold_days=hold_days)
    for name, value in fields.items():
        setattr(program, name, value)
    program.save()
    return program


def make_person(tenant: Tenant, name: str, **fields: Any) -> Person:
    """`make_person(acme, "dana")` is Dana, known to the tenant as `dana`, at dana@<a domain of her own>."""
    fields.setdefault("email", f"{name}@{name}.example")
    fields.setdefault("first_name", name.title())
    return upsert_person(tenant, external_id=name, at=NOON, **fields)


def make_member(program: Program, name: str, *, code: str = "", **person: Any) -> Member:
    return enrol(program, make_person(program.tenant, name, **person), code=code, at=NOON)


def make_referral(referrer: Member, name: str, *, at: datetime = NOON, **person: Any) -> Referral:
    """`name` signs up with the referrer's default code."""
    code = referrer.codes.get(is_default=True).code
    return refer(referrer.program, make_person(referrer.tenant, name, **person), code=code, at=at)


def pay(referral: Referral, amount: int, *, key: str = "", currency: str = "USD", at: datetime = NOON) -> Action:
    """The referred person pays an invoice."""
    key = key or f"in_{next(_numbers)}"
    return reward_action(
        referral, kind=Action.Kind.INVOICE, key=key, amount=amount, currency=currency, occurred_at=at, at=at
    )


def rewards_of(referral: Referral) -> list[tuple[str, int, str]]:
    """(side, amount, status) of each reward, referrer first."""
    rows = Reward.objects.filter(referral=referral).order_by("-side", "id")
    return [(reward.side, reward.amount, reward.status) for reward in rows]


def refund(
    action: Action, amount: int, *, key: str = "", state: int = Reversal.State.STANDS, at: datetime = NOON
) -> str:
    """So much of a payment went back, of which all that was charged counted; returns the refund's id."""
    key = key or f"re_{next(_numbers)}"
    tell_reversal(action, Reversal.Kind.REFUND, key, amount, state=state, at=at)
    return key


@transaction.atomic
def tell_reversal(action: Action, kind: str, key: str, amount: int, *, state: int, at: datetime = NOON) -> None:
    payment = know_payment(action.tenant, [action.key], at=at)
    link_action(payment, action, paid_amount=action.amount, at=at)
    record_reversal(payment, key=key, kind=kind, state=state, amount=amount, told_at=at, at=at)
