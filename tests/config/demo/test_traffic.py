"""The traffic of the demo and the lines it prints, against a server and a fake Stripe."""

import shutil
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from config.demo.access import admit_client, keep_stripe_secrets
from config.demo.seed.company import create_programs, found_acme
from config.demo.stripe_account import StripeAccount, note_account
from config.demo.stripe_objects import MONTH, Price
from config.demo.summary import suggest_lines
from config.demo.traffic import Traffic
from config.tasks import beat_heartbeat
from credits.models import Reversal, Reward
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Attribution, Identifier, Referral
from referrals.services.people import note_identifier
from tests.cast import make_member
from tests.config.demo.stripe.test_server import running_fake

KEY = "sk_test_acme"
PATIENCE = 20.0  # seconds for Stripe to deliver


@pytest.fixture(scope="module")
def stripe_url(tmp_path_factory):
    with running_fake(tmp_path_factory.mktemp("stripe"), "--key", KEY) as url:
        yield url


@pytest.fixture
def notes(transactional_db):
    """Acme with a member of each program, of whom Alice's card is known, as the processes of the demo note it."""
    at = timezone.now() - MONTH
    acme = found_acme(secret="whsec_demo", at=at)
    members = {
        name: make_member(program, name, code=name.upper()) for name, program in create_programs(acme, at=at).items()
    }
    note_identifier(members["friends"].person, Identifier.Kind.CARD, "card-of-alice", at=at)
    return admit_client(keep_stripe_secrets({"webhook_secret": "whsec_demo", "stripe_key": KEY}), acme, at=at)


@pytest.fixture
def traffic(notes, live_server, stripe_url):
    account, endpoint = StripeAccount(stripe_url, KEY), f"{live_server.url}/webhooks/stripe/acme/"
    yield Traffic(live_server.url, note_account(account, notes, endpoint=endpoint), stripe_url)
    account.send_events_to(endpoint, secret="")


def test_it_needs_no_django():
    """It is a process without settings, which whatever it imports must not want."""
    subprocess.run([sys.executable, "-c", "import config.demo.traffic, config.demo.supervisor"], env={}, check=True)


def test_a_visitor_follows_a_link_and_is_given_a_click_id(traffic):
    click_id = traffic.click("JAPAN", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
    touch = Attribution.objects.get()
    assert (click_id, touch.code.code, touch.verdict) == (touch.public_id, "JAPAN", "valid")


def test_a_customer_is_won_and_held_for_the_members_own_card(traffic):
    traffic.win_customer()
    handle("invoice_payment.paid")
    referral = Referral.objects.get()
    assert (referral.status, referral.code.code) == ("review_required", "FRIENDS")
    assert set(referral.risk_flags) - {"disposable_domain"} == {"same_card_fingerprint"}
    (_, price, card), *_ = traffic.customers
    assert card == "card-of-alice"
    assert {"attributed", "noted", f"paid {price.amount} USD: referral review_required"} < outcomes()


def test_a_customer_is_won_and_pays_again(traffic):
    traffic.cards = {}
    traffic.win_customer()
    payer, _, card = traffic.customers[0]
    traffic.bill(payer, Price(40_00, "USD"), card)
    handle("invoice_payment.paid", number=2)
    assert [action.amount for action in Referral.objects.get().actions.order_by("id")][1:] == [40_00]
    assert len(traffic.charges) == 2


def test_a_payment_is_given_back(traffic):
    traffic.cards = {}
    traffic.win_customer()
    (charge,) = traffic.charges
    traffic.refund()
    handle("charge.refunded")
    action = Referral.objects.get().actions.get()
    assert (traffic.charges, action.amount) == ([], charge["amount"])
    assert action.reversed_amount in (charge["amount"], charge["amount"] // 2)


def test_a_payment_is_disputed_and_that_is_closed(traffic):
    traffic.cards = {}
    traffic.win_customer()
    traffic.open_dispute()
    handle("charge.dispute.created")
    assert Reversal.objects.get().state == Reversal.State.OPEN
    traffic.close_dispute()
    handle("charge.dispute.closed")
    assert Reversal.objects.get().state in (Reversal.State.STANDS, Reversal.State.UNDONE)
    assert (traffic.charges, traffic.disputes) == ([], [])


def test_the_suggested_lines_work_as_they_are(notes, live_server, traffic):
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    traffic.cards = {}
    while not Reward.objects.exists():
        traffic.win_customer()
        handle("invoice_payment.paid", number=len(traffic.customers))
    beat_heartbeat()
    notes["credit"] = Reward.objects.filter(currency="USD").latest("id").pk
    assert [paste(line) for line in suggest_lines(notes, live_server.url)] == ["200", "200", "201", "302", "200"]


def paste(line):
    shown = subprocess.run(
        ["sh", "-c", f"{line} -o /dev/null -w '%{{http_code}}'"], capture_output=True, text=True, check=True
    )
    return shown.stdout


def handle(kind, number=1):
    """Wait until Stripe delivered so many events of a type, and handle what came."""
    deadline = time.monotonic() + PATIENCE
    while StripeEvent.objects.filter(type=kind).count() < number:
        assert time.monotonic() < deadline, list(StripeEvent.objects.values_list("type", flat=True))
        time.sleep(0.05)
    handle_due(at=timezone.now() + timedelta(minutes=1))


def outcomes():
    return set(StripeEvent.objects.values_list("outcome", flat=True))
