import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits.models import BooksCheck, LedgerEntry
from credits.services.maturation import mature_pending
from payouts.admin.activity import describe_activity, estimate_clicks
from payouts.admin.dashboard import describe_money, describe_payouts, describe_queue, sum_buckets
from payouts.admin.health import check_health
from payouts.admin.navigation import count_open_cases, navigation
from payouts.models import StripeCheck, StripeEvent
from referrals.models import Attribution
from referrals.services.attributions import ensure_partitions, record_click
from tenants.services.redis import client, key
from tests.cast import NOON, make_member, make_referral, pay
from tests.console import count_queries, explain, make_case, make_staff, scans_of, sign_in
from tests.payouts.admin.worlds import make_failed, make_payout

HOME = reverse("admin:index")
STATEMENTS = 14  # of the whole page, also its session, user and badge
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture(autouse=True)
def _heartbeat_of_its_own(settings):
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}{uuid.uuid4().hex[:8]}:"


def click(alice, at):
    record_click("ALICE", tenant=alice.tenant, ip="203.0.113.7", user_agent=BROWSER, at=at, visitor=uuid.uuid4().hex)


def test_the_page_takes_a_fixed_number_of_queries(root, alice):
    make_case(alice, "dana")
    one = count_queries(root, HOME)
    make_case(alice, "erin")
    pay(make_referral(alice, "frank"), 40_00, currency="EUR")

    assert (one, count_queries(root, HOME)) == (STATEMENTS, STATEMENTS)


def test_the_page_of_an_empty_system(root):
    html = root.get(HOME).content.decode()

    assert "the queue is empty" in html
    assert "Nothing has been granted yet." in html


def test_the_queue_in_figures(alice):
    now = NOON + timedelta(days=31)
    make_case(alice, "dana")
    make_case(alice, "erin", at=NOON + timedelta(days=30), amount=200_00)

    queue = describe_queue(now)

    assert (queue["count"], queue["late"], queue["oldest"], queue["at_risk"]) == (2, 1, "31 d", ["80.00 USD"])
    assert [case["amount"] for case in queue["next"]] == ["60.00 USD", "20.00 USD"]


def test_money_is_what_the_ledger_says(alice):
    pay(make_referral(alice, "dana"), 40_00)
    pay(make_referral(alice, "erin"), 80_00, currency="EUR")
    mature_pending(at=NOON + timedelta(days=30))
    later = NOON + timedelta(days=40)
    pay(make_referral(alice, "frank", at=later), 120_00, at=later)

    assert describe_money(later + timedelta(days=25)) == [
        {"currency": "EUR", "held": ["0.00", "20.00", "0.00", "0.00"], "week": "0.00 EUR", "month": "0.00"},
        {"currency": "USD", "held": ["40.00", "30.00", "0.00", "0.00"], "week": "40.00 USD", "month": "40.00"},
    ]
    assert sum_buckets() == naive_fold()


def naive_fold() -> dict[tuple[str, str], int]:
    fold: dict[tuple[str, str], int] = {}
    for entry in LedgerEntry.objects.all():
        for bucket, amount in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
            fold[entry.currency, bucket] = fold.get((entry.currency, bucket), 0) + amount
    return fold


def test_the_funnel_of_thirty_days(alice):
    now = NOON + timedelta(days=40)
    for days in (1, 2, 3, 35):
        click(alice, now - timedelta(days=days))
    for name, days in {"dana": 1, "erin": 2, "old": 35}.items():
        make_referral(alice, name, at=now - timedelta(days=days))
    pay(make_referral(alice, "frank", at=now - timedelta(days=2)), 40_00, at=now - timedelta(days=1))
    make_case(alice, "grace", at=now - timedelta(days=1))

    activity = describe_activity(now)

    assert {step["label"]: (step["count"], step["share"]) for step in activity["steps"]} == {
        "Signed up": ("4", "100%"),
        "Paid and qualified": ("2", "50%"),
        "In review now": ("1", "25%"),
        "Rewarded": ("1", "25%"),
        "Rejected": ("0", "0%"),
    }
    assert activity["clicks"] == "7"  # three clicks, and the four coupons that people gave
    labels = [day["label"] for day in activity["days"] if not day["label"].endswith("0 signed up, 0 qualified")]
    assert labels == ["09 Jul: 2 signed up, 1 qualified", "10 Jul: 2 signed up, 1 qualified"]


def test_bots_are_no_clicks(alice):
    click(alice, NOON)
    record_click("ALICE", tenant=alice.tenant, ip="203.0.113.9", user_agent="Googlebot/2.1", at=NOON)

    assert estimate_clicks(NOON - timedelta(days=1)) == (1, True)


def test_many_clicks_are_estimated_over_a_range_of_ids(alice, monkeypatch):
    """The month's partition is read along its key up to a bound; the planner says the rest. Nothing is scanned."""
    ensure_partitions(first=NOON.date(), last=NOON.date())
    code = alice.codes.get()
    Attribution.objects.bulk_create(
        [
            Attribution(
                id=int((NOON + timedelta(seconds=n)).timestamp() * 1000) << 20,
                tenant_id=alice.tenant_id,
                code=code,
                member=alice,
                kind="click",
                device=n,
                occurred_at=NOON,
                expires_at=NOON,
            )
            for n in range(30_000)
        ],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE referrals_attribution")
    monkeypatch.setattr("payouts.admin.activity.COUNTED", 1000)

    with CaptureQueriesContext(connection) as captured:
        count, is_exact = estimate_clicks(NOON + timedelta(seconds=10_000))

    assert (is_exact, len(captured)) == (False, 2)
    assert 19_000 < count < 21_000
    counted = explain(captured[0]["sql"])
    assert set(scans_of(counted, "referrals_attribution")) <= {"Index Scan", "Index Only Scan"}


def health(now=NOON) -> dict[str, tuple[str, str]]:
    return {check.name: (check.state, check.text) for check in check_health(now)}


def test_health_of_a_system_that_runs(db):
    client().set(key("heartbeat"), (NOON - timedelta(seconds=4)).isoformat())
    BooksCheck.objects.create(ran_at=NOON - timedelta(hours=3), ok=True, rewards=0, entries=0, seconds=0.1)

    assert health() == {
        "Stripe events": ("good", "all handled"),
        "Dead events": ("good", "none"),
        "Beat and worker": ("good", "alive, seen 4 s ago"),
        "Books": ("good", "agree, 3 h ago"),
        "Stripe compared": ("good", "no tenant has a key for payouts"),
    }


def test_health_of_a_system_in_trouble(acme, settings):
    times = {"created_at": NOON, "next_attempt_at": NOON}
    known = {"tenant": acme, "type": "invoice.paid", "livemode": False, "payload": {}}
    for number, status in enumerate(["received", "parked", "failed", "dead", "handled"]):
        received = NOON - timedelta(hours=number)
        StripeEvent.objects.create(**known, **times, event_id=f"evt_{number}", status=status, received_at=received)
    BooksCheck.objects.create(
        ran_at=NOON - timedelta(days=2), ok=False, rewards=0, entries=0, seconds=0.1, differences=["a", "b"]
    )

    assert health() == {
        "Stripe events": ("warn", "3 waiting, the oldest for 2 h"),
        "Dead events": ("bad", "1 given up: replay them"),
        "Beat and worker": ("bad", "no sign of life"),
        "Books": ("bad", "2 differences, 2 d ago"),
        "Stripe compared": ("good", "no tenant has a key for payouts"),
    }


def test_what_stripe_has_otherwise_is_told_whatever_agrees(acme, globex):
    counts = {"payouts": 1, "events": 1, "fetched": 0}
    StripeCheck.objects.create(tenant=acme, ran_at=NOON - timedelta(days=1), ok=False, differences=["x"], **counts)
    StripeCheck.objects.create(tenant=acme, ran_at=NOON - timedelta(hours=5), ok=True, **counts)
    StripeCheck.objects.create(tenant=globex, ran_at=NOON - timedelta(hours=4), ok=True, **counts)
    assert health()["Stripe compared"] == ("good", "agrees, 5 h ago")

    StripeCheck.objects.create(tenant=globex, ran_at=NOON - timedelta(hours=1), ok=False, differences=["y"], **counts)
    assert health()["Stripe compared"] == ("bad", "differs for 1 of 2 tenants, 5 h ago")

    StripeCheck.objects.create(tenant=globex, ran_at=NOON, ok=True, **counts)
    assert health(NOON + timedelta(days=1))["Stripe compared"] == ("warn", "agrees, 1 d 5 h ago")


def test_payouts_that_need_a_person_are_coloured(by_hand, transfer):
    make_payout(transfer, "large", 80_00)
    make_failed(by_hand, "failed")

    lines = {line["view"]: (line["count"], line["colour"]) for line in describe_payouts(NOON)}

    assert lines == {
        "held": ("1", "warn"),
        "by_hand": ("0", ""),
        "processing": ("0", ""),
        "stuck": ("0", ""),
        "failed": ("1", "bad"),
    }


def test_redis_being_away_is_told_and_breaks_nothing(root, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert health()["Beat and worker"] == ("bad", "Redis does not answer")
    assert root.get(HOME).status_code == 200


def test_each_part_is_for_those_who_may_see_it(alice, desk):
    make_case(alice, "dana")
    operator = sign_in(make_staff("olga", group="Operator"))
    olaf = sign_in(make_staff("olaf"))

    parts = ("desk", "activity", "books", "payouts", "health")
    assert [name for name in parts if name in desk.get(HOME).context] == ["desk", "activity", "books", "payouts"]
    assert "health" in operator.get(HOME).context
    page = olaf.get(HOME)
    assert [name for name in parts if name in page.context] == []
    assert "You are signed in, but have no role yet." in page.content.decode()
    assert "20.00" not in page.content.decode()


def test_names_on_the_dashboard_are_escaped(root, program):
    evil = "<script>alert(1)</script>"
    make_case(make_member(program, "mallory", code="MALLORY", first_name=evil), "dupe", first_name=evil)

    html = root.get(HOME).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def sidebar(rf, user) -> dict[str, list[str]]:
    request = rf.get(HOME)
    request.user = user
    return {group["title"]: [item["title"] for item in group["items"]] for group in navigation(request)}


def test_the_sidebar_shows_what_a_person_may_open(rf, bob):
    shown = sidebar(rf, bob)

    assert list(shown) == ["", "Review desk", "Referrals", "Money", "Payouts", "Tenants"]
    assert shown["Money"] == ["Rewards", "Reward rules", "Ledger", "Books checks"]
    assert shown["Payouts"] == ["Payouts", "Methods", "Accounts"]
    assert shown["Tenants"] == ["Tenants", "Plans", "Usage"]
    assert sidebar(rf, make_staff("olaf")) == {"": ["Dashboard"]}
    of_operator = sidebar(rf, make_staff("olga", group="Operator"))
    assert of_operator["Stripe"] == ["Events", "Checks"]
    assert of_operator["Webhooks"] == ["Endpoints", "Deliveries"]


def test_the_badge_counts_open_cases_up_to_a_thousand(alice, monkeypatch):
    assert count_open_cases(None) == "0"
    make_case(alice, "dana")
    make_case(alice, "erin")
    assert count_open_cases(None) == "2"
    monkeypatch.setattr("payouts.admin.navigation.COUNTED", 1)
    assert count_open_cases(None) == "1+"


def test_every_page_of_the_sidebar_opens(root, alice):
    links = set(re.findall(r'href="(/admin/[^"?]*)"', root.get(HOME).content.decode()))

    assert len(links) > 20
    for link in sorted(links):
        assert root.get(link).status_code == 200, link
