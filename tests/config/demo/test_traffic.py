"""The traffic of the demo and the lines it prints, against a server."""

import shutil
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from config.demo.access import admit_client
from config.demo.seed.company import create_programs, found_acme
from config.demo.stripe_objects import MONTH, Price
from config.demo.summary import suggest_lines
from config.demo.traffic import Traffic
from config.tasks import beat_heartbeat
from credits.models import Reward
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Attribution, Identifier, Referral
from referrals.services.people import note_identifier
from tests.cast import make_member


@pytest.fixture
def notes(transactional_db):
    """Acme with a member of each program, of whom Alice's card is known, as the processes of the demo note it."""
    at = timezone.now() - MONTH
    acme = found_acme(secret="whsec_demo", at=at)
    members = {
        name: make_member(program, name, code=name.upper()) for name, program in create_programs(acme, at=at).items()
    }
    note_identifier(members["friends"].person, Identifier.Kind.CARD, "card-of-alice", at=at)
    return admit_client({"webhook_secret": "whsec_demo"}, acme, at=at)


@pytest.fixture
def traffic(notes, live_server):
    return Traffic(live_server.url, notes)


def test_a_visitor_follows_a_link_and_is_given_a_click_id(traffic):
    click_id = traffic.click("JAPAN", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
    touch = Attribution.objects.get()
    assert (click_id, touch.code.code, touch.verdict) == (touch.public_id, "JAPAN", "valid")


def test_a_customer_is_won_and_held_for_the_members_own_card(traffic):
    traffic.win_customer()
    assert handle_due(at=timezone.now() + timedelta(minutes=1)) == 3
    referral = Referral.objects.get()
    assert (referral.status, referral.code.code) == ("review_required", "FRIENDS")
    assert set(referral.risk_flags) - {"disposable_domain"} == {"same_card_fingerprint"}
    assert outcomes() == {"attributed", "noted", f"paid {traffic.customers[0][1].amount} USD: referral review_required"}


def test_a_customer_is_won_and_pays_again(traffic):
    traffic.cards = {}
    traffic.win_customer()
    payer, _ = traffic.customers[0]
    traffic.bill(payer, Price(40_00, "USD"))
    assert handle_due(at=timezone.now() + timedelta(minutes=1)) == 3
    assert Referral.objects.get().actions.count() == 2


def test_the_suggested_lines_work_as_they_are(notes, live_server):
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    traffic = Traffic(live_server.url, notes | {"cards": {}})
    while not Reward.objects.exists():
        traffic.win_customer()
        handle_due(at=timezone.now() + timedelta(minutes=1))
    beat_heartbeat()
    notes["credit"] = Reward.objects.filter(currency="USD").latest("id").pk
    assert [paste(line) for line in suggest_lines(notes, live_server.url)] == ["200", "200", "201", "302", "200"]


def paste(line):
    shown = subprocess.run(
        ["sh", "-c", f"{line} -o /dev/null -w '%{{http_code}}'"], capture_output=True, text=True, check=True
    )
    return shown.stdout


def outcomes():
    return set(StripeEvent.objects.values_list("outcome", flat=True))
