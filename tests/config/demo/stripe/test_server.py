"""The fake as a process of its own: the SDK and the control paths over real HTTP, and what a restart leaves."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import stripe

from config.demo.stripe.objects import event, invoice
from payouts.gateway import sign_event
from tests.cast import NOON
from tests.config.demo.stripe.test_webhooks import SECRET, endpoint  # noqa: F401 - a fixture
from tests.config.demo.stripe.worlds import TRANSFER, refusal, thing_of, types, with_key

ROOT = Path(__file__).parents[4]


@contextmanager
def running_fake(folder, *options):
    """A process of the fake, kept in a folder; its URL. It ends within seconds of SIGTERM, with status 0."""
    command = [sys.executable, "-m", "config.demo.stripe", "--data", str(folder), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().rsplit(" ", 1)[-1].strip()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=10) == 0


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running_fake(tmp_path_factory.mktemp("stripe") / "folder") as url:
        yield url


def post(url, path, command, key=""):
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    connection.request("POST", path, body=command if isinstance(command, str) else json.dumps(command), headers=headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def control(url, path, /, **command):
    status, told = post(url, path, command)
    assert status == 200, told
    return told


@pytest.fixture
def v1(url):
    client = stripe.StripeClient("sk_test_fake", base_addresses={"api": url}, max_network_retries=0)
    control(url, "/_happen/open_account", key="acct_dana")
    control(url, "/_happen/open_customer", key="cus_dana")
    yield client.v1
    control(url, "/_faults")


def test_the_sdk_makes_and_lists_transfers(v1):
    made = v1.transfers.create(TRANSFER | {"transfer_group": "first", "metadata": {"payout": "7"}}, with_key("first"))
    again = v1.transfers.create(TRANSFER | {"transfer_group": "first", "metadata": {"payout": "7"}}, with_key("first"))

    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert [each.id for each in v1.transfers.list({"transfer_group": "first"}).data] == [made.id] == [again.id]
    assert v1.transfers.reversals.create(made.id, {"amount": 200}).amount == 200
    assert v1.transfers.update(made.id, {"metadata": {"note": "x"}}).metadata.to_dict() == {"payout": "7", "note": "x"}


def test_the_sdk_gives_credit(v1):
    asked = {"amount": -500, "currency": "usd"}

    assert v1.customers.balance_transactions.create("cus_dana", asked).ending_balance == -500
    assert v1.customers.retrieve("cus_dana").balance == -500


def test_the_sdk_meets_refusals(v1, url):
    assert refusal(v1.transfers.create, TRANSFER | {"colour": "red"}) == (400, "parameter_unknown", "colour")
    assert refusal(v1.transfers.retrieve, "tr_no") == (404, "resource_missing", "id")
    assert refusal(v1.payouts.list)[0] == 404
    assert refusal(v1.customers.delete, "cus_dana")[0] == 404
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": url})
    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.transfers.list()


@pytest.mark.parametrize(("kind", "effects"), [("lost_before", 0), ("lost_after", 1)])
def test_a_connection_is_lost(v1, url, kind, effects):
    asked = TRANSFER | {"transfer_group": kind}
    control(url, "/_faults", kind=kind, path="/v1/transfers", method="POST")

    with pytest.raises(stripe.APIConnectionError):
        v1.transfers.create(asked, with_key(kind))

    assert len(v1.transfers.list({"transfer_group": kind}).data) == effects
    assert v1.transfers.create(asked, with_key(kind)).amount == 500
    assert len(v1.transfers.list({"transfer_group": kind}).data) == 1


def test_server_errors_and_limits(v1, url):
    control(url, "/_faults", kind="error_after", path="/v1/transfers")
    assert [refusal(v1.transfers.create, TRANSFER, with_key("500"))[0] for _ in range(2)] == [500, 500]

    control(url, "/_faults", kind="rate_limited")
    with pytest.raises(stripe.RateLimitError):
        v1.transfers.list()


def test_an_answer_slower_than_the_caller_waits(url):
    client = stripe.StripeClient(
        "sk_test_fake",
        base_addresses={"api": url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.2),
    )
    control(url, "/_happen/open_account", key="acct_dana")
    control(url, "/_faults", kind="slow", seconds=0.6)
    asked = TRANSFER | {"transfer_group": "slow"}

    with pytest.raises(stripe.APIConnectionError):
        client.v1.transfers.create(asked, with_key("slow"))
    assert refusal(client.v1.transfers.create, asked, with_key("slow"))[0] == 409

    patient = stripe.StripeClient("sk_test_fake", base_addresses={"api": url}, max_network_retries=9)
    again = patient.v1.transfers.create(asked, with_key("slow"))
    assert [each.id for each in patient.v1.transfers.list({"transfer_group": "slow"}).data] == [again.id]


def test_things_happen_and_are_told(v1, url):
    paid = control(url, "/_happen/pay_invoice", customer="cus_dana", amount=100_00, invoice="in_http")["events"]
    charge = thing_of(next(event for event in paid if event["type"] == "charge.succeeded"))
    refunded = control(url, "/_happen/refund", charge=charge["id"], amount=10_00)["events"]

    assert types(refunded) == ["refund.created", "charge.refunded"]
    listed = v1.events.list({"limit": len(paid) + 2}).data
    assert [event.id for event in listed] == [event["id"] for event in [*paid, *refunded][::-1]]


def test_the_demos_traffic_leaves_what_it_told(v1, url):
    bill = invoice("in_traffic", customer="cus_x", total=29_00, currency="usd", at=NOON, payment_intent="pi_x")
    told = event("invoice.paid", bill, event_id="evt_traffic", at=NOON)

    control(url, "/_objects", objects=[bill, *bill["payments"]["data"]])
    control(url, "/_events", **told)
    control(url, "/_events", **told)

    assert v1.events.retrieve("evt_traffic").to_dict() == told
    by_intent = {"payment": {"type": "payment_intent", "payment_intent": "pi_x"}}
    assert [payment.invoice for payment in v1.invoice_payments.list(by_intent).data] == ["in_traffic"]
    assert v1.invoices.retrieve("in_traffic").total == 29_00


def test_the_balance_and_what_was_asked(v1, url):
    control(url, "/_balance", currency="nok", amount=100)

    assert refusal(v1.transfers.create, TRANSFER | {"currency": "nok"}) == (400, "balance_insufficient", None)
    method, path, params = control(url, "/_requests")["requests"][-1]
    assert (method, path, params["currency"]) == ("POST", "/v1/transfers", "nok")


@pytest.mark.parametrize(
    ("path", "command", "status"),
    [
        ("/_faults", {"kind": "gremlin"}, 400),
        ("/_faults", {"times": 2}, 400),
        ("/_faults", "not JSON", 400),
        ("/_faults", "[]", 400),
        ("/_events", {"object": "invoice"}, 400),
        ("/_happen/pay_invoice", {"customer": "cus_dana"}, 400),
        ("/_happen/refund", {"charge": "ch_no"}, 400),
        ("/_happen/void_invoice", {"invoice": "in_no"}, 404),
        ("/_happen/close", {}, 404),
        ("/_happen/put", {}, 404),
        ("/_unknown", {}, 404),
    ],
)
def test_a_control_that_makes_no_sense_is_refused(url, path, command, status):
    answer = post(url, path, command)

    assert (answer[0], "error" in answer[1]) == (status, True)


def test_it_delivers_events_by_itself(url, v1, endpoint):  # noqa: F811 - the fixture
    control(url, "/_endpoints", url=endpoint.url, secret=SECRET)
    endpoint.statuses = [503]
    made = v1.transfers.create(TRANSFER)
    control(url, "/_happen/reverse_transfer", transfer=made.id)

    def is_done():
        return {"transfer.created", "transfer.reversed"} <= {event["type"] for event in endpoint.events[1:]}

    wait_for(is_done)
    control(url, "/_endpoints", url=endpoint.url)
    body, signature = endpoint.got[0]
    stamp = int(signature.split(",")[0].removeprefix("t="))
    assert signature == sign_event(body.decode(), SECRET, at=datetime.fromtimestamp(stamp, tz=UTC))


def wait_for(is_done, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_all_is_there_after_a_restart(tmp_path):
    with running_fake(tmp_path, "--key", "sk_test_mine") as url:
        control(url, "/_happen/open_account", key="acct_dana")
        control(url, "/_balance", currency="usd", amount=700)
        before = stripe.StripeClient("sk_test_mine", base_addresses={"api": url}).v1
        made = before.transfers.create(TRANSFER, with_key("k"))
    with running_fake(tmp_path, "--key", "sk_test_mine") as url:
        after = stripe.StripeClient("sk_test_mine", base_addresses={"api": url}).v1

        assert after.transfers.retrieve(made.id).to_dict() == made.to_dict()
        assert after.transfers.create(TRANSFER, with_key("k")).id == made.id
        assert [event.type for event in after.events.list().data] == ["transfer.created"]
        assert refusal(after.transfers.create, TRANSFER)[1] == "balance_insufficient"


def test_each_key_is_an_account_of_its_own(tmp_path):
    with running_fake(tmp_path, "--key", "sk_test_acme", "--key", "sk_test_globex") as url:
        acme, globex = (
            stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0).v1
            for key in ("sk_test_acme", "sk_test_globex")
        )
        for key in ("sk_test_acme", "sk_test_globex"):
            assert post(url, "/_happen/open_account", {"key": "acct_dana"}, key)[0] == 200
        post(url, "/_faults", {"kind": "rate_limited"}, "sk_test_globex")

        made = acme.transfers.create(TRANSFER, with_key("k"))
        assert refusal(globex.transfers.create, TRANSFER, with_key("k"))[0] == 429
        other = globex.transfers.create(TRANSFER | {"amount": 700}, with_key("k"))

        assert [each.id for each in acme.transfers.list().data] == [made.id]
        assert [each.id for each in globex.transfers.list().data] == [other.id]
        assert refusal(globex.transfers.retrieve, made.id) == (404, "resource_missing", "id")
        stranger = stripe.StripeClient("sk_test_fake", base_addresses={"api": url}).v1
        assert refusal(stranger.transfers.list)[0] == 401
