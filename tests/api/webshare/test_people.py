"""Config, channels, coupons and earn-outs: what the recordings do not show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.models import Reversal
from credits.services.maturation import mature_pending
from payouts.models import PayoutMethod
from payouts.services.methods import set_account
from payouts.services.release import mark_paid
from payouts.services.requests import request_payout
from tests.api.webshare.worlds import MATURED, refer_by, token_of
from tests.api.webshare.worlds_of_people import (
    BOTH,
    add_coupon,
    channels_in_use,
    choose_money,
    coupons_to_apply,
    earn_out,
    of_alice,
)
from tests.cast import NOON, make_member, make_person, make_referral, pay, refund

BASE = "/api/v2/referral/"
CONFIG, CHANNELS, COUPON, EARN_OUTS = (f"{BASE}{name}/" for name in ("config", "channel", "coupon-code", "earnout"))
MONEY = ("credits_earned", "payouts_earned", "total_credits_earned", "total_payouts_earned")


def client_of(world, name="token") -> Client:
    return Client(headers={"Authorization": f"Token {world[name]}"})


def money(world) -> tuple[float, ...]:
    config = client_of(world).get(CONFIG).json()
    return tuple(config[name] for name in MONEY)


@pytest.fixture
def world(db):
    return of_alice()


@pytest.mark.parametrize("item_count", [1, 3])
def test_channels_take_five_queries(world, item_count):
    """The key; the channels; their rules; their uses; their commissions."""
    for number in range(item_count):
        pay(refer_by(add_coupon(world["alice"], f"SALE{number}"), f"friend{number}"), 10_00)
    client_of(world).get(CHANNELS)

    with CaptureQueriesContext(connection) as queries:
        channels = client_of(world).get(CHANNELS).json()

    assert [channel["code"] for channel in channels] == [f"SALE{number}" for number in range(item_count)]
    assert len(queries) == 5


@pytest.mark.parametrize("item_count", [1, 3])
def test_earn_outs_take_three_queries(world, item_count):
    for _ in range(item_count):
        mark_paid(earn_out(world["alice"]), actor="staff:bob", reference="PP", at=NOON)
    client_of(world).get(EARN_OUTS)

    with CaptureQueriesContext(connection) as queries:
        page = client_of(world).get(EARN_OUTS).json()

    assert (page["count"], len(page["results"]), len(queries)) == (item_count, item_count, 3)


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_config_takes_as_many_queries_for_one_referral_as_for_three(world, item_count):
    for number in range(item_count):
        pay(make_referral(world["alice"], f"friend{number}"), 10_00)
    client_of(world).get(CONFIG)

    with CaptureQueriesContext(connection) as queries:
        assert client_of(world).get(CONFIG).json()["number_of_users_upgraded"] == item_count

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 10


def test_what_is_earned_goes_by_the_mode_of_its_time(world):
    alice = world["alice"]
    pay(make_referral(alice, "dana"), 10_00)
    choose_money(alice.person)
    pay(make_referral(alice, "erin"), 20_00)
    assert money(world) == (0.0, 0.0, 0.0, 0.0)

    mature_pending(at=MATURED)

    assert money(world) == (2.5, 5.0, 2.5, 5.0)


def test_what_was_paid_out_counts_for_ever_and_waits_no_more(world):
    alice = world["alice"]
    mark_paid(earn_out(alice, amount=42_00), actor="staff:bob", reference="PP", at=NOON)
    pay(make_referral(alice, "erin"), 10_00)
    mature_pending(at=MATURED)

    assert money(world) == (2.5, 0.0, 44.5, 0.0)


def test_a_refund_after_the_earn_out_is_owed(world):
    alice = world["alice"]
    choose_money(alice.person)
    action = pay(make_referral(alice, "dana"), 200_00)
    mature_pending(at=MATURED)
    method = alice.program.payout_methods.get(kind=PayoutMethod.Kind.MANUAL)
    mark_paid(
        request_payout(alice.person, method, actor="system", at=MATURED), actor="staff:bob", reference="PP", at=MATURED
    )
    assert money(world) == (0.0, 0.0, 0.0, 50.0)

    refund(action, 40_00, at=MATURED)

    assert money(world) == (0.0, -10.0, 0.0, 40.0)


def test_a_channels_revenue_and_commission_are_net_of_refunds(db):
    world = channels_in_use()
    action = world["dana_paid"].actions.order_by("pk").first()
    key = refund(action, 4_00)

    def figures():
        return [client_of(world).get(CHANNELS).json()[0][name] for name in ("total_revenue", "total_commission")]

    assert figures() == [56.0, 9.0]
    refund(action, 4_00, key=key, state=Reversal.State.UNDONE)
    assert figures() == [60.0, 10.0]


def test_a_choice_holds_for_credits_granted_from_then_on(world):
    alice = world["alice"]
    pay(make_referral(alice, "dana"), 10_00)
    answer = client_of(world).patch(
        CONFIG, {"mode": "payout", "paypal_payout_email": "pay@shop.test"}, content_type="application/json"
    )
    pay(make_referral(alice, "erin"), 10_00)

    listed = client_of(world).get(f"{BASE}credit/", {"ordering": "id"}).json()["results"]

    assert answer.json()["mode"] == "payout"
    assert [credit["mode"] for credit in listed] == ["credits", "payout"]


def test_the_sixth_coupon_within_a_minute_waits_also_where_the_others_were_refused(db):
    world = coupons_to_apply()

    def apply(code: str) -> int:
        return client_of(world).post(COUPON, {"code": code}, content_type="application/json").status_code

    assert [apply("NOSUCH") for _ in range(6)] == [400] * 5 + [429]
    assert client_of(world).get(COUPON).status_code == 200
    assert client_of(world).delete(COUPON).status_code == 204


def test_each_person_has_five_of_their_own(db):
    world = coupons_to_apply()
    tenant = client_of(world, "tenant_token")
    erin = make_person(world["acme"], "erin")
    answers = [
        tenant.post(COUPON, {"code": "X"}, headers={"X-Subuser": str(person)}, content_type="application/json")
        for person in [world["dana"]] * 6 + [erin.pk]
    ]

    assert [answer.status_code for answer in answers] == [400] * 5 + [429, 400]


def test_a_coupon_leads_from_applied_to_a_credit_of_its_channel(db):
    world = coupons_to_apply()
    erin = make_person(world["acme"], "erin")
    key = {"token": token_of(world["acme"], scope=BOTH, person=erin)}
    applied = client_of(key).post(COUPON, {"code": "summer20"}, content_type="application/json")
    pay(erin.referred_by.get(), 49_00, at=timezone.now())

    alices = {"token": token_of(world["acme"], person=world["alice"].person)}
    channel = next(c for c in client_of(alices).get(CHANNELS).json() if c["code"] == "SUMMER20")
    listed = client_of(alices).get(f"{BASE}credit/", {"referral_channel": channel["id"]}).json()["results"]

    assert applied.json()["code"] == "SUMMER20"
    assert [(credit["user_id"], credit["amount"]) for credit in listed] == [(erin.pk, 12.25)]
    assert (channel["total_uses"], channel["total_revenue"], channel["total_commission"]) == (1, 49.0, 12.25)
    assert client_of(key).get(COUPON).json()["code"] is None


def test_somebody_new_is_enrolled_once(world):
    nora = make_person(world["acme"], "nora")
    key = {"token": token_of(world["acme"], person=nora)}

    first, again = (client_of(key).get(CONFIG).json() for _ in range(2))

    assert first == again
    assert nora.memberships.count() == 1


def test_a_link_of_the_config_is_one_that_works(world):
    url = client_of(world).get(CONFIG).json()["referral_url"]

    assert Client().get(url.removeprefix("http://testserver")).status_code == 200


def test_an_earn_out_by_stripe_names_no_mailbox(world):
    alice = world["alice"]
    pay(make_referral(alice, "dana"), 80_00)
    mature_pending(at=MATURED)
    method = alice.program.payout_methods.get(kind=PayoutMethod.Kind.STRIPE_BALANCE)
    set_account(alice.person, kind=method.kind, destination="cus_alice", actor="test", at=NOON)
    request_payout(alice.person, method, actor="system", at=MATURED + timedelta(days=1))

    shown = client_of(world).get(EARN_OUTS).json()["results"][0]

    assert (shown["mode"], shown["paypal_payout_email"], shown["status"]) == ("credits", None, "processing")


def test_earn_outs_in_other_currencies_are_none(world):
    payout = earn_out(world["alice"])
    type(payout).objects.filter(pk=payout.pk).update(currency="EUR")

    assert client_of(world).get(EARN_OUTS).json()["count"] == 0


def test_a_person_without_channels_sees_none_of_anothers(world):
    add_coupon(world["alice"], "SALE")
    anna = make_member(world["alice"].program, "anna", code="ANNA")

    assert client_of({"token": token_of(world["acme"], person=anna.person)}).get(CHANNELS).json() == []
