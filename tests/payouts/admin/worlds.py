"""Payouts to look at, made through the services: what people earned, methods, and payouts in each state."""

from datetime import datetime, timedelta
from itertools import count

from credits.models import Reward
from credits.services.maturation import mature_pending
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_method, set_account
from payouts.services.release import mark_failed, mark_paid
from payouts.services.requests import request_payout
from referrals.models import Member, Program
from tests.cast import NOON, make_member, make_referral, pay

MATURE = NOON + timedelta(days=31)
_numbers = count(1)


def make_method(program: Program, name: str = "By hand", *, kind: str = "manual", **fields: object) -> PayoutMethod:
    return create_method(program, at=NOON, name=name, kind=kind, currency=fields.pop("currency", "USD"), **fields)


def earn(member: Member, amount: int, *, currency: str = "USD", at: datetime = NOON) -> Reward:
    """A member has earned so much, a quarter of what somebody they referred paid, and may be paid it."""
    name = f"friend{next(_numbers)}"
    action = pay(make_referral(member, name, at=at), 4 * amount, currency=currency, at=at)
    mature_pending(at=at + timedelta(days=31))
    return Reward.objects.filter(action=action, side="referrer").order_by("pk")[0]


def make_payee(program: Program, name: str, amount: int = 20_00) -> Member:
    """Somebody with a connected account, and something to be paid."""
    member = make_member(program, name, code=name.upper())
    set_account(member.person, kind="stripe_transfer", destination=f"acct_{name}", actor="system", at=NOON)
    earn(member, amount)
    return member


def ask(member: Member, method: PayoutMethod, *, actor: str = "system", at: datetime = MATURE) -> Payout:
    return request_payout(member.person, method, actor=actor, at=at)


def make_payout(method: PayoutMethod, name: str, amount: int = 20_00, **options: object) -> Payout:
    """A payout of a person of its own."""
    return ask(make_payee(method.program, name, amount), method, **options)


def make_failed(method: PayoutMethod, name: str, amount: int = 20_00) -> Payout:
    return mark_failed(make_payout(method, name, amount), actor="system", error="no such bank", at=MATURE)


def make_completed(method: PayoutMethod, name: str, amount: int = 20_00) -> Payout:
    return mark_paid(make_payout(method, name, amount), actor="system", reference=f"WIRE-{name}", at=MATURE)


def under_way_at_stripe(method: PayoutMethod, name: str, *, sent_at: datetime, stripe_id: str = "") -> Payout:
    """As it stands after Stripe was asked, with or without an answer."""
    payout = make_payout(method, name)
    payout.attempts.create(number=1, key=f"payout-{payout.uid}-1", started_at=sent_at, last_sent_at=sent_at)
    Payout.objects.filter(pk=payout.pk).update(status="processing", sent_at=sent_at, stripe_id=stripe_id)
    payout.refresh_from_db()
    return payout
