"""A crash between every two statements of a payout's way: afterwards each person is paid exactly once."""

from collections import Counter
from datetime import datetime
from functools import partial
from itertools import count

import pytest

from credits.services.books import check_books
from payouts import gateway
from payouts.models import Payout, PayoutAccount, PayoutMethod
from payouts.services.confirming import confirm_due
from payouts.services.requests import request_payout
from payouts.services.sending import send_due
from referrals.models import Member, Program
from tenants.models import Tenant
from tests.cast import NOON, make_member
from tests.payouts.cast import DAY, buckets, connect_account, earn, make_method
from tests.payouts.crashes import Fuse, dies

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = DAY / 24 / 60
LEAST_POINTS = 29  # statements and calls of the shortest way, each of which it does not survive
TRIES = 3  # of the SDK itself, for one call of ours


def make_payee(program: Program, stripe, number: int, prefix: str) -> Member:
    """A member with 25.00 and a connected account, or a customer, of their own."""
    member = make_member(program, f"member{number}", code=f"CODE{number}")
    destination = f"{prefix}_{number}"
    connect_account(member.person, destination)
    stripe.open_account(destination) if prefix == "acct" else stripe.open_customer(destination)
    earn(member, 25_00)
    return member


def go_on(method: PayoutMethod, member: Member, at: datetime) -> None:
    """What the workers do: it is the same before a crash and after it."""
    if not Payout.objects.filter(person=member.person).exists():
        request_payout(member.person, method, actor="system", at=at)
    send_due(at=at)
    confirm_due(at=at)
    send_due(at=at + 3 * MINUTE)  # a second look, where the first call had no clear answer
    confirm_due(at=at + 3 * MINUTE)


@pytest.mark.parametrize(("prefix", "fault"), [("acct", ""), ("acct", "lost_after"), ("cus", "lost_before")])
def test_a_crash_between_any_two_statements_pays_once(program, transfers, stripe, clock, monkeypatch, prefix, fault):
    is_transfer = prefix == "acct"
    method = transfers if is_transfer else make_method(program, PayoutMethod.Kind.STRIPE_BALANCE)
    for length in count():
        member = make_payee(program, stripe, length, prefix)
        if fault:
            stripe.fail(fault, times=TRIES, method="POST")
        work = partial(go_on, method, member, clock.now)
        died = dies(work, Fuse(length), monkeypatch=monkeypatch, stripe=stripe)
        for _ in range(3):  # the process is started again
            clock.now += 10 * MINUTE
            go_on(method, member, clock.now)
        assert Payout.objects.get(person=member.person).status == "completed", f"after a crash at {length}"
        assert buckets(member.person) == (0, 0, 25_00)
        if not died:
            break
    assert length >= LEAST_POINTS
    assert times_paid(program.tenant, stripe) == {f"{prefix}_{number}": 1 for number in range(length + 1)}
    assert check_books(at=clock.now).differences == []


def times_paid(tenant: Tenant, stripe) -> Counter[str]:
    """How often Stripe itself says that each account and each customer was paid."""
    stripe.faults.clear()
    customers = PayoutAccount.objects.filter(destination__startswith="cus_").values_list("destination", flat=True)
    found = [*gateway.list_transfers(tenant, since=NOON)]
    for customer in customers:
        found += gateway.list_credits(tenant, destination=customer)
    assert {thing.amount for thing in found} == {25_00}
    return Counter(thing.destination for thing in found)
