"""A customer keeps a copy of their members, referrals and rewards, over a line that drops, repeats and shuffles: by
reading the feed, and by webhooks. In the end the copy is what we have.
"""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from credits.services.cancelling import cancel_reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.outcomes import remove_referral
from events.models import Delivery
from events.services.delivering import deliver_due
from events.services.endpoints import subscribe
from events.services.fanning import fan_out
from payouts.models import PayoutMethod
from payouts.services.release import mark_paid
from payouts.services.requests import request_payout
from referrals.services.members_removing import remove_member
from tenants.models import Plan
from tenants.services.keys import create_key
from tests.cast import NOON, make_member, make_referral, pay, refund
from tests.events.receiver import Handler, Receiver
from tests.flows.bad_proxy import BadLine, BadPush
from tests.payouts.cast import make_method

pytestmark = pytest.mark.django_db(transaction=True)
RESOURCES = {"mem": "members", "ref": "referrals", "rwd": "rewards"}
LATER = NOON + timedelta(days=40)
PAYERS = 12


class Consumer:
    """Holds whatever it is told of as it is now: an event says that there is something to look at."""

    def __init__(self, line: BadLine) -> None:
        self.line = line
        self.copy: dict[str, dict] = {}
        self.after = 0

    def hear(self, event: dict) -> None:
        resource = RESOURCES.get(event["subject"].partition("_")[0])
        if resource is None:
            return
        answer = self.ask(f"{resource}/{event['subject']}")
        if answer.status_code == 404:
            self.copy.pop(event["subject"], None)
        else:
            assert answer.status_code == 200, answer.text
            self.copy[event["subject"]] = answer.json()

    def catch_up(self) -> None:
        """Read the feed from where it is, to its end."""
        while True:
            page = self.ask(f"events?after={self.after}&limit=20").json()
            assert [event["number"] for event in page["data"]] == list(
                range(self.after + 1, self.after + 1 + len(page["data"]))
            )
            for event in page["data"]:
                self.hear(event)
            self.after = page["last"]
            if not page["has_more"]:
                return

    def ask(self, path: str) -> requests.Response:
        while True:
            try:
                return self.line.get(path)
            except requests.ConnectionError:
                continue


@pytest.fixture
def line(acme, live_server) -> Iterator[BadLine]:
    Plan.objects.filter(pk=acme.plan_id).update(calls_per_minute=10**6, credits_per_day=None)
    line = BadLine(live_server.url, secret=create_key(acme, scopes=["read"], at=NOON).secret, seed=6)
    yield line
    line.session.close()


def live(alice) -> None:
    """Whatever may become of members, referrals and rewards."""
    frank = make_member(alice.program, "frank")
    for number in range(PAYERS):
        referral = make_referral(alice if number % 3 else frank, f"payer{number}")
        if number % 4 == 0:
            continue  # never pays
        action = pay(referral, 100_00 + number)
        if number % 4 == 1:
            refund(action, 50_00)
        if number == 2:
            moderate(referral, "referrer", "DENIED", actor="staff:bob", at=NOON)
        if number == 6:
            cancel_reward(referral.rewards.get(side="referred"), actor="staff:bob", at=NOON)
        if number == 7:
            remove_referral(referral, actor="staff:bob", at=NOON)
    mature_pending(at=LATER)
    payout = request_payout(
        alice.person, make_method(alice.program, PayoutMethod.Kind.MANUAL), actor="staff:bob", at=LATER
    )
    mark_paid(payout, actor="staff:bob", reference="PP-1", at=LATER)
    remove_member(frank, at=LATER)


def all_there_is(line: BadLine) -> dict[str, dict]:
    """What the lists show, over a good line."""
    found: dict[str, dict] = {}
    for resource in RESOURCES.values():
        url = f"{line.base}/v1/{resource}?limit=5"
        while url:
            page = line.session.get(url, timeout=30).json()
            found |= {each["id"]: each for each in page["data"]}
            url = page["next"]
    return found


def test_by_the_feed(alice, line):
    consumer = Consumer(line)
    consumer.catch_up()
    live(alice)
    consumer.catch_up()

    assert consumer.copy == all_there_is(line)
    assert len(consumer.copy) > 2 * PAYERS
    assert (line.dropped > 10, line.repeated > 10) == (True, True)


class PushHandler(Handler):
    def do_POST(self) -> None:  # noqa: N802 (the library's name)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200 if self.server.push.take(body) else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def push(line, settings) -> Iterator[tuple[Consumer, BadPush, str]]:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    consumer = Consumer(line)
    receiver = Receiver()
    receiver.RequestHandlerClass = PushHandler
    receiver.push = BadPush(consumer.hear, seed=6)
    thread = threading.Thread(target=receiver.serve_forever, daemon=True)
    thread.start()
    yield consumer, receiver.push, receiver.url
    receiver.shutdown()
    receiver.server_close()


def test_by_webhooks(acme, push, line, request):
    consumer, bad, url = push
    subscribe(acme, dialect="vouch", url=url, secret="whsec_AAAA", at=NOON)
    live(request.getfixturevalue("alice"))

    at = LATER.replace(year=2099)  # whatever waits to be tried again is due
    fan_out()
    for day in range(40):
        deliver_due(at=at + timedelta(days=day), seconds=20.0)
        if not Delivery.objects.filter(status="pending").exists():
            break
    bad.flush()

    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert consumer.copy == all_there_is(line)
    assert len(consumer.copy) > 2 * PAYERS
    assert (bad.dropped > 10, bad.repeated > 10) == (True, True)
