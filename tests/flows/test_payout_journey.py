"""From a click to money in the bank, and back: over HTTP, to the processes that operators run. Only Stripe is not the
real one, but it too answers over HTTP.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.utils import timezone

from config.demo.stripe import FakeStripe
from config.demo.stripe.server import StripeServer
from config.demo.stripe.webhooks import add_endpoint
from credits.models import LedgerEntry, Reward
from credits.services.books import check_books
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_method, set_account
from payouts.services.reconciliation import reconcile_tenant
from referrals.models import Member, Referral
from tenants.models import Tenant
from tenants.services.keys import create_key
from tests.cast import make_member, make_program, make_tenant
from tests.flows.system import running_system, wait_for
from tests.payouts.cast import buckets

pytestmark = pytest.mark.django_db(transaction=True)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
API_KEY = "sk_test_fake"


@dataclass
class Company:
    """Acme, to which Alice refers people, and the Stripe that both pay through."""

    address: str
    stripe_address: str
    tenant: Tenant
    alice: Member
    stripe: FakeStripe
    api_key: str

    def follow_link(self) -> str:
        url = f"{self.address}/r/ALICE"
        answer = requests.get(url, headers={"User-Agent": BROWSER}, allow_redirects=False, timeout=10)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["ref"][0]

    def win_customer(self, name: str, amount: int) -> Referral:
        """Somebody follows Alice's link, signs up and pays; what they earn Alice becomes available at once."""
        details = {
            "email": f"{name}@{name}.example",
            "metadata": {"user_id": name, "referral_code": self.follow_link()},
        }
        self.stripe.open_customer(f"cus_{name}", **details)
        self.stripe.pay_invoice(f"cus_{name}", amount, invoice=f"in_{name}", card=f"fp_{name}")
        return wait_for(lambda: Referral.objects.filter(referred__external_id=name, status="rewarded").first())

    def credits(self) -> list[tuple[float, str]]:
        """What a client of the API reads of Alice's credits, oldest first."""
        url = f"{self.address}/api/v2/referral/credit/?ordering=id&page_size=100"
        answer = requests.get(url, headers={"Authorization": f"Token {self.api_key}"}, timeout=10)
        return [(credit["amount"], credit["status"]) for credit in answer.json()["results"] if credit["amount"] != 10.0]

    def earn_out(self) -> Payout:
        """The method's turn has come; return the payout once it is completed."""
        known = set(Payout.objects.values_list("pk", flat=True))
        PayoutMethod.objects.update(next_run_at=timezone.now())
        return wait_for(lambda: Payout.objects.exclude(pk__in=known).filter(status="completed").first(), seconds=40)


@pytest.fixture
def company(tmp_path: Path, monkeypatch) -> Iterator[Company]:
    now = timezone.now() - timedelta(days=1)
    tenant = make_tenant("acme", stripe_api_key=API_KEY)
    program = make_program(tenant, hold_days=0, landing_url="https://www.acme.example/welcome")
    create_method(program, name="Bank", kind=PayoutMethod.Kind.STRIPE_TRANSFER, at=now)
    alice = make_member(program, "alice", code="ALICE")
    set_account(
        alice.person, kind=PayoutMethod.Kind.STRIPE_TRANSFER, destination="acct_alice", actor="staff:bob", at=now
    )
    stripe = FakeStripe()
    stripe.open_account("acct_alice")
    key = create_key(tenant, scopes=["read"], at=now).secret
    with StripeServer("127.0.0.1", 0, [stripe]) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        monkeypatch.setenv("VOUCH_STRIPE_API", server.url)
        with running_system(tmp_path) as address:
            add_endpoint(stripe.store, f"{address}/webhooks/stripe/acme/", tenant.stripe_webhook_secret)
            yield Company(address, server.url, tenant, alice, stripe, key)
        server.shutdown()


def test_from_a_click_to_a_completed_payout_and_back_by_a_refund(company: Company, settings):
    referral = company.win_customer("dana", 200_00)
    wait_for(lambda: company.credits() == [(50.0, "available")])

    payout = company.earn_out()

    transfer = company.stripe.store.select("transfer")[0]
    assert (transfer["id"], transfer["amount"], transfer["destination"]) == (payout.stripe_id, 50_00, "acct_alice")
    assert (payout.amount, payout.requested_by, payout.attempts.get().outcome) == (50_00, "system", "accepted")
    assert buckets(company.alice.person) == (0, 0, 50_00)
    assert company.credits() == [(50.0, "available")]
    check_refund_after_payout(company, referral, payout)
    check_books_and_stripe(company, settings)


def check_refund_after_payout(company: Company, referral: Referral, payout: Payout) -> None:
    """The refund makes Alice owe: what was paid stays as it was, and the next payout is smaller by it."""
    paid = Payout.objects.filter(pk=payout.pk).values().get()
    reward = Reward.objects.filter(referral=referral, side="referrer").values().get()
    charge = company.stripe.store.select("charge")[0]

    company.stripe.refund(charge=charge["id"], amount=120_00)
    wait_for(lambda: buckets(company.alice.person) == (-30_00, 0, 50_00))

    assert Payout.objects.filter(pk=payout.pk).values().get() == paid
    assert Reward.objects.filter(pk=reward["id"]).values().get() == reward
    line = LedgerEntry.objects.get(reward_id=reward["id"], kind="clawback")
    assert (line.amount, line.debit, line.credit) == (30_00, "available", "expense")
    company.win_customer("erin", 320_00)
    wait_for(lambda: buckets(company.alice.person)[0] == 50_00)
    second = company.earn_out()
    assert (second.amount, second.carried_amount) == (50_00, -30_00)
    assert buckets(company.alice.person) == (0, 0, 100_00)


def check_books_and_stripe(company: Company, settings) -> None:
    wait_for(lambda: company.stripe.store.run("SELECT count(*) FROM delivery")[0][0] == 0)  # the last events arrived
    settings.STRIPE_API = company.stripe_address
    assert check_books(at=timezone.now()).differences == []
    check = reconcile_tenant(company.tenant, at=timezone.now() + timedelta(hours=2))
    assert (check.differences, check.payouts) == ([], 2)
