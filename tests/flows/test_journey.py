"""The main job, end to end: from a click on Alice's link to a credit a client reads, with a person deciding in between.

Everything goes over HTTP to the processes that operators run; a rejected twin of each journey never grants. The
reviewer Bob decides once over plain HTTP and once in headless Chromium.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from credits.models import LedgerEntry
from credits.services.books import check_books
from payouts.gateway import sign_event
from payouts.models import StripeEvent
from referrals.models import Decision, Referral
from tenants.models import Tenant
from tenants.services.keys import create_key
from tests.cast import make_member, make_program, make_tenant
from tests.flows.console import CHROMIUM, BrowserConsole, Console, HttpConsole, browser_page
from tests.flows.system import running_system, wait_for
from tests.stripe_objects import Thing, charge, checkout, customer, event, invoice

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = {"username": "bob", "password": "a long password"}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SHARED_CARD = "fp_alice"


@dataclass
class Company:
    """Acme, which Alice refers people to, as those who talk to it over HTTP see it."""

    address: str
    tenant: Tenant
    api_key: str

    def follow_link(self) -> str:
        """A visitor follows Alice's link; return the code that Acme's own page is told of."""
        answer = requests.get(
            f"{self.address}/r/ALICE", headers={"User-Agent": BROWSER}, allow_redirects=False, timeout=10
        )
        target = urlsplit(answer.headers["Location"])
        assert (answer.status_code, target.netloc, target.path) == (302, "www.acme.example", "/welcome")
        assert answer.cookies["vouch_visitor"]
        return parse_qs(target.query)["ref"][0]

    def tell(self, kind: str, thing: Thing) -> None:
        """Stripe delivers an event."""
        now = timezone.now()
        body = json.dumps(event(kind, thing, key=f"evt_{kind}_{thing['id']}", created=now))
        signature = sign_event(body, self.tenant.stripe_webhook_secret, at=now)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        answer = requests.post(f"{self.address}/webhooks/stripe/acme/", data=body, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()) == (200, {"received": True})

    def credits_of(self, referral: Referral) -> list[tuple[float, str]]:
        """What a client of the API reads: amount and status of each credit that came of a referral."""
        headers = {"Authorization": f"Token {self.api_key}"}
        url = f"{self.address}/api/v2/referral/credit/?page_size=100&ordering=-amount"
        answer = requests.get(url, headers=headers, timeout=10)
        assert answer.status_code == 200
        found = [credit for credit in answer.json()["results"] if credit["user_id"] == referral.referred_id]
        return [(credit["amount"], credit["status"]) for credit in found]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    """Acme with a program that holds for no day, so that a granted credit is due at once; and Bob, who reviews."""
    company = found_company()
    with running_system(tmp_path) as company.address:
        company.tell("customer.created", customer("cus_alice", metadata={"user_id": "alice"}))
        company.tell("charge.succeeded", charge("ch_alice", customer="cus_alice", card=SHARED_CARD))
        yield company


def found_company() -> Company:
    tenant = make_tenant("acme")
    program = make_program(tenant, hold_days=0, landing_url="https://www.acme.example/welcome")
    make_member(program, "alice", code="ALICE")
    bob = get_user_model().objects.create_user(**STAFF, is_staff=True)
    bob.groups.add(Group.objects.get(name="Reviewer"))
    return Company("", tenant, create_key(tenant, scopes=["read"], at=timezone.now()).secret)


def come_and_pay(company: Company, name: str) -> None:
    """Somebody follows Alice's link, signs up and pays, with Alice's card."""
    code, key = company.follow_link(), f"cus_{name}"
    email = f"{name}@{name}.example".lower()
    company.tell(
        "checkout.session.completed", checkout(f"cs_{name}", customer=key, email=email, client_reference_id=code)
    )
    company.tell("customer.updated", customer(key, email=email, name=f"{name} Doe"))
    company.tell("charge.succeeded", charge(f"ch_{name}", customer=key, card=SHARED_CARD))
    wait_for(lambda: not StripeEvent.objects.exclude(status=StripeEvent.Status.HANDLED).exists())
    company.tell("invoice.paid", invoice(f"in_{name}", customer=key, paid_at=timezone.now()))


def hold(company: Company, name: str, console: Console) -> Referral:
    """Somebody comes and pays; the case opens before the reviewer, and nothing is granted yet."""
    come_and_pay(company, name)
    wait_for(lambda: console.open_case(f"{name} Doe"))
    referral = Referral.objects.get(referred__first_name=name)
    assert (referral.status, referral.reviews.get().reasons) == ("review_required", ["same_card_fingerprint"])
    assert (company.credits_of(referral), entries_of(referral)) == ([], [])
    return referral


def entries_of(referral: Referral) -> list[tuple[str, str, str, int]]:
    rows = LedgerEntry.objects.filter(reward__referral=referral).order_by("kind", "-amount")
    return list(rows.values_list("kind", "debit", "credit", "amount"))


def decision_about(referral: Referral) -> tuple[str, str, str]:
    decision = referral.decisions.get(kind=Decision.Kind.REVIEW)
    return decision.outcome, decision.actor, decision.reason


def check_approval(company: Company, name: str, console: Console) -> None:
    referral = hold(company, name, console)

    page = console.approve(note="They share a card: a married couple.")

    assert f"Case {referral.reviews.get().pk} approved." in page
    wait_for(lambda: company.credits_of(referral) == [(25.0, "available"), (10.0, "available")])
    assert entries_of(referral) == [
        ("grant", "expense", "pending", 25_00),
        ("grant", "expense", "pending", 10_00),
        ("mature", "pending", "available", 25_00),
        ("mature", "pending", "available", 10_00),
    ]
    assert decision_about(referral) == ("approved", "staff:bob", "They share a card: a married couple.")
    assert check_books(at=timezone.now()).differences == []


def check_rejection(company: Company, name: str, console: Console) -> None:
    referral = hold(company, name, console)

    page = console.reject(reason="One person with two accounts.")

    assert f"Case {referral.reviews.get().pk} rejected." in page
    company.tell("invoice.paid", invoice(f"in_{name}_2", customer=f"cus_{name}", paid_at=timezone.now()))
    wait_for(lambda: referral.actions.count() == 2)
    time.sleep(1)  # five sweeps
    referral.refresh_from_db()
    assert (referral.status, referral.rewards.count(), entries_of(referral)) == (Referral.Status.REJECTED, 0, [])
    assert company.credits_of(referral) == []
    assert decision_about(referral) == ("rejected", "staff:bob", "One person with two accounts.")
    assert check_books(at=timezone.now()).differences == []


def test_bob_decides_over_http_and_what_he_approves_becomes_available(company: Company):
    console = HttpConsole(company.address, **STAFF)

    check_approval(company, "Dana", console)
    check_rejection(company, "Erin", console)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on the path")
def test_bob_decides_in_a_browser_and_what_he_approves_becomes_available(company: Company):
    with browser_page() as page:
        console = BrowserConsole(page, company.address, **STAFF)

        check_approval(company, "Dana", console)
        check_rejection(company, "Erin", console)
