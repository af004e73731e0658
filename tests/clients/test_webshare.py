"""Webshare's official Python client (`webshare-sdk`), unmodified, against Vouch: its referral resource, both styles.

The same checks are made of a server of the tests and, with `-m slow`, of what `./run demo` runs.
"""

from datetime import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from credits.models import Reward
from payouts.services.release import mark_paid
from referrals.services.coupons import apply_coupon
from tests.api.webshare.worlds import refer_by, token_of
from tests.api.webshare.worlds_of_people import BOTH, NEVER, add_coupon, choose_money, earn_out, of_alice
from tests.cast import NOON, make_member, make_person, make_referral, pay
from tests.clients.official import Client, step
from tests.config.demo.processes import RunningDemo, free_port
from tests.flows.system import environment

pytestmark = pytest.mark.django_db(transaction=True)
SHARED = ("DATABASE_URL", "REDIS_URL", "VOUCH_REDIS_PREFIX", "VOUCH_SECRET_KEY", "VOUCH_ENCRYPTION_KEY")


@pytest.fixture(scope="module")
def demo(django_db_setup, tmp_path_factory):
    """The address of a demo on the tests' own database, where worlds are made. Its clocks stand still meanwhile."""
    given = {name: environment()[name] for name in SHARED} | {"VOUCH_SWEEP_SECONDS": "86400"}
    demo = RunningDemo(tmp_path_factory.mktemp("demo") / "home", port=free_port(), given=given)
    try:
        demo.wait_until_ready()
        yield demo.url
    finally:
        status = demo.stop()
    assert status == 0, demo.output


@pytest.fixture(params=["server", pytest.param("demo", marks=pytest.mark.slow)])
def address(request) -> str:
    if request.param == "server":
        return request.getfixturevalue("live_server").url
    if "slow" not in request.config.option.markexpr:
        pytest.skip("starts a demo: pytest -m slow tests/clients")
    return request.getfixturevalue("demo")


@pytest.fixture(params=["sync", "async"])
def client(request, address) -> Client:
    return Client(address, request.param)


@pytest.fixture
def world():
    """Alice refers: Dana by SUMMER20 (10.00, pending), a friend by her link (80.00, paid out), Finn by it (4.00)."""
    world = of_alice()
    alice = world["alice"]
    choose_money(alice.person)
    alice.codes.update(discount_rate=Decimal("0.1"))
    summer = add_coupon(alice, "SUMMER20", discount_rate=Decimal("0.2"), description="Summer", ends_at=NEVER)
    payout = mark_paid(earn_out(alice, amount=20_00), actor="staff:bob", reference="PP-1", at=NOON)
    dana = refer_by(summer, "dana")
    pay(dana, 10_00)
    pay(make_referral(alice, "finn"), 4_00)
    return world | {"summer": summer, "payout": payout, "dana": dana}


def tokens_of(world) -> dict[str, str]:
    return {"alice": world["token"], "reader": world["reading_token"], "tenant": world["tenant_token"]}


def test_credits(client, world):
    of_dana = world["dana"].rewards.get()
    by_id = list(Reward.objects.order_by("-pk").values_list("pk", flat=True))

    page, everything, pending, of_channel, cheapest, one = client.drive(
        tokens_of(world),
        [
            step("list_credits", page_size=2),
            step("list_credits", page_size=1, iterate=True),
            step("list_credits", status="pending", mode="payout", ordering="amount", iterate=True),
            step("list_credits", referral_channel=world["summer"].pk),
            step("list_credits", ordering="-amount,id", page=2, page_size=2),
            step("get_credit", id=of_dana.pk),
        ],
    )

    assert (page["count"], [credit["id"] for credit in page["results"]]) == (3, by_id[:2])
    assert [credit["id"] for credit in everything] == by_id
    assert [credit["amount"] for credit in pending] == [1.0, 2.5]
    assert [credit["id"] for credit in of_channel["results"]] == [of_dana.pk]
    assert [credit["amount"] for credit in cheapest["results"]] == [1.0]
    assert one == {
        "type": "ReferralCredit",
        "id": of_dana.pk,
        "user_id": world["dana"].referred_id,
        "mode": "payout",
        "amount": 2.5,
        "status": "pending",
        "referral_channel": world["summer"].pk,
        "referral_channel_code": "SUMMER20",
        "created_at": NOON.isoformat(),
        "updated_at": NOON.isoformat(),
        "reverted_at": None,
    }


def test_config(client, world):
    before, changed, refused, unnamed, somebody = client.drive(
        tokens_of(world),
        [
            step("get_config"),
            step("update_config", mode="credits", paypal_payout_email="new@shop.test"),
            step("update_config", mode="payout", by="tenant", subuser=make_person(world["acme"], "nora").pk),
            step("update_config", mode="credits", by="tenant"),
            step("get_config", by="tenant", subuser=world["alice_id"]),
        ],
    )

    assert {name: before[name] for name in ("type", "id", "mode", "paypal_payout_email", "referral_code")} == {
        "type": "ReferralConfig",
        "id": world["member"],
        "mode": "payout",
        "paypal_payout_email": "pay@shop.test",
        "referral_code": "ALICE",
    }
    assert (before["payouts_earned"], before["total_payouts_earned"]) == (0.0, 20.0)
    assert (before["number_of_users_referred"], before["number_of_users_upgraded"]) == (3, 3)
    assert (before["referral_credit_ratio"], before["referral_maximum_credits"]) == (0.25, 100.0)
    assert (before["referral_payment_pending_days"], before["initial_rate"]) == ("30 00:00:00", 0.25)
    assert (before["promo_type"], before["promo_value"]) == ("first_time_percent_off", 10)
    assert datetime.fromisoformat(before["created_at"]) == NOON
    assert (changed["mode"], changed["paypal_payout_email"]) == ("credits", "new@shop.test")
    assert (refused["error"], refused["status"]) == ("BadRequestError", 400)
    assert refused["fields"] == {"paypal_payout_email": ["This field is required."]}
    assert (unnamed["error"], unnamed["code"]) == ("PermissionDeniedError", "person_required")
    assert somebody["id"] == world["member"]


def test_channels(client, world):
    (channels,) = client.drive(tokens_of(world), [step("list_channels")])

    assert channels == [
        {
            "type": "ReferralChannel",
            "id": world["summer"].pk,
            "code": "SUMMER20",
            "description": "Summer",
            "promo_type": "percent_off",
            "promo_value": "0.20",
            "is_active": True,
            "is_recurring": False,
            "start_date": NOON.isoformat(),
            "end_date": NEVER.isoformat(),
            "total_uses": 1,
            "total_commission": 2.5,
            "total_revenue": 10.0,
            "initial_rate": "0.25",
            "ongoing_rate": "0.25",
            "initial_rate_period_days": 0,
            "max_earnings_per_referred": "100.00",
            "created_at": NOON.isoformat(),
        }
    ]


def test_a_coupon_is_applied_and_removed(client, world):
    erin = make_person(world["acme"], "erin")
    none = dict.fromkeys(("code", "promo_type", "promo_value", "description", "is_recurring"))
    summer = {
        "code": "SUMMER20",
        "promo_type": "percent_off",
        "promo_value": "0.20",
        "description": "Summer",
        "is_recurring": False,
    }

    answers = client.drive(
        {"erin": token_of(world["acme"], scope=BOTH, person=erin)},
        [
            step("get_coupon_code", by="erin"),
            step("apply_coupon_code", code=" summer20 ", by="erin"),
            step("get_coupon_code", by="erin"),
            step("remove_coupon_code", by="erin"),
            step("get_coupon_code", by="erin"),
        ],
    )

    shown = [{"type": "CouponCode", **coupon} for coupon in (none, summer, summer)]
    assert answers == [*shown, None, shown[0]]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("NOSUCH", "not_found"),
        ("PAUSED", "code_inactive"),
        ("PAST", "code_expired"),
        ("ERINSOWN", "self_referral"),
        ("USED", "already_redeemed"),
    ],
)
def test_a_coupon_is_refused(client, world, code, word):
    alice = world["alice"]
    erin = make_member(alice.program, "erin", code="ERIN")
    add_coupon(alice, "PAUSED", is_active=False)
    add_coupon(alice, "PAST", ends_at=NOON)
    add_coupon(alice, "USED")
    add_coupon(erin, "ERINSOWN")
    apply_coupon(erin.person, "USED", at=NOON)
    pay(erin.person.referred_by.get(), 10_00, at=timezone.now())

    (refused,) = client.drive(
        {"erin": token_of(world["acme"], scope=BOTH, person=erin.person)},
        [step("apply_coupon_code", code=code, by="erin")],
    )

    assert (refused["error"], refused["status"]) == ("BadRequestError", 400)
    assert refused["body"]["code"][0]["code"] == word


def test_the_sixth_coupon_within_a_minute_is_too_many(client, world):
    answers = client.drive(tokens_of(world), [step("apply_coupon_code", code="NOSUCH")] * 6)

    assert [answer["error"] for answer in answers] == ["BadRequestError"] * 5 + ["RateLimitError"]
    assert answers[5]["detail"] == "Request was throttled."
    assert 0 < answers[5]["retry_after"] <= 60


def test_earn_outs(client, world):
    payout = world["payout"]

    page, everything, one = client.drive(
        tokens_of(world),
        [step("list_earnouts"), step("list_earnouts", page_size=1, iterate=True), step("get_earnout", id=payout.pk)],
    )

    assert (page["count"], page["results"], everything) == (1, [one], [one])
    assert one == {
        "type": "ReferralEarnout",
        "id": payout.pk,
        "mode": "payout",
        "paypal_payout_email": "pay@shop.test",
        "amount": 20.0,
        "status": "completed",
        "error_reason": None,
        "created_at": payout.requested_at.isoformat(),
        "updated_at": payout.updated_at.isoformat(),
    }


def test_what_anybody_may_know_of_a_code(client, world):
    known, unknown = client.drive(
        {},
        [step("get_code_info", referral_code=code, by="") for code in ("alice", "NOSUCH")],
    )

    assert known == {
        "type": "ReferralCodeInfo",
        "referral_code": "ALICE",
        "promo_type": "first_time_percent_off",
        "promo_value": 10,
    }
    assert (unknown["error"], unknown["detail"]) == ("NotFoundError", "Not found.")


def test_refusals_become_the_clients_own_errors(client, world):
    other_page, wrong, missing, no_earn_out, reader, not_there = client.drive(
        tokens_of(world),
        [
            step("list_credits", page=99),
            step("get_config", by="wrong"),
            step("get_credit", id=10**9),
            step("get_earnout", id=10**9),
            step("update_config", mode="credits", by="reader"),
            step("list_credits", by="tenant", subuser=10**9),
        ],
    )

    assert (other_page["error"], other_page["detail"]) == ("NotFoundError", "Invalid page.")
    assert (wrong["error"], wrong["detail"]) == ("AuthenticationError", "Invalid token.")
    assert (missing["error"], missing["detail"]) == ("NotFoundError", "Not found.")
    assert (no_earn_out["error"], no_earn_out["status"]) == ("NotFoundError", 404)
    assert (reader["error"], reader["code"]) == ("PermissionDeniedError", "permission_denied")
    assert not_there["error"] == "NotFoundError"
