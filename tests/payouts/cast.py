"""People with money: what they earned is past its hold, and there is an account to pay it to."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_method, set_account
from referrals.models import Action, Member, Person, Program
from tests.cast import NOON, make_referral, pay

DAY = timedelta(days=1)
LATER = NOON + 40 * DAY  # after the default program's hold
_names = count(1)


def make_method(program: Program, kind: str = PayoutMethod.Kind.STRIPE_TRANSFER, **fields: Any) -> PayoutMethod:
    fields.setdefault("name", f"{kind} {next(_names)}")
    return create_method(program, kind=kind, at=NOON, **fields)


def earn(member: Member, amount: int, *, at: datetime = LATER, **payment: Any) -> Action:
    """Somebody new pays four times an amount, of which the member earns a quarter, and the hold passes."""
    referral = make_referral(member, f"friend{next(_names)}", at=at - 40 * DAY)
    action = pay(referral, 4 * amount, at=at - 40 * DAY, **payment)
    mature_pending(at=at)
    return action


def connect_account(person: Person, destination: str = "acct_alice", *, at: datetime = NOON) -> None:
    kind = PayoutMethod.Kind.STRIPE_BALANCE if destination.startswith("cus_") else PayoutMethod.Kind.STRIPE_TRANSFER
    set_account(person, kind=kind, destination=destination, actor="test", at=at)


def buckets(person: Person, currency: str = "USD") -> tuple[int, int, int]:
    """Available, reserved, paid."""
    held = balance(person, currency)
    return held["available"], held["reserved"], held["paid"]


def rewards_in(payout: Payout) -> list[tuple[int, str]]:
    """(amount then, status now) of each reward of a payout."""
    items = payout.items.select_related("reward").order_by("pk")
    return [(item.amount, item.reward.status) for item in items]
