"""Hooks from the change to a receiver of bad manners; and what no receiver, name or redirect may lead us to."""

import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.util import connection as wire

from events import gateway
from events.models import Attempt, Delivery, WebhookEndpoint
from events.services.delivering import deliver_due
from events.services.endpoints import send_test, subscribe
from events.services.fanning import fan_out
from referrals.services.members_adding import add_member
from referrals.services.members_changing import update_member
from tests.cast import NOON
from tests.events.receiver import Receiver, receiving
from tests.flows.flaky import FlakyReceiver, flaky_receiver
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROCK = "referral_rock"
PUBLIC = "93.184.216.34"  # some public address; nothing is ever sent there
NAME = "hooks.acme.example"
MEMBERS, CHANGES, PRODUCERS = 8, 3, 3


# A receiver that drops, fails and stalls.


@pytest.fixture
def flaky(settings, monkeypatch) -> Iterator[FlakyReceiver]:
    """At times it takes longer than we wait, which here is a second."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    monkeypatch.setattr(gateway, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(gateway, "TOTAL_SECONDS", 1.0)
    with flaky_receiver(seed=20) as receiver:
        yield receiver


def live(program, producer: int) -> None:
    """Members come and change, one after another; the phone number counts the changes."""
    for number in range(MEMBERS):
        name = f"m{producer}x{number}"
        about = {"first_name": name, "email": f"{name}@{name}.example", "phone": "0"}
        at = NOON + timedelta(minutes=10 * number)
        member = add_member(program, person=about, at=at)
        for change in range(1, CHANGES + 1):
            update_member(member, at=at + timedelta(minutes=change), person={"phone": str(change)})


def test_a_receiver_that_drops_fails_and_stalls_gets_everything_in_order(acme, program, flaky):
    endpoint = subscribe(acme, dialect=ROCK, url=flaky.url, topics=["MemberAdd", "MemberUpdate"], secret="s", at=NOON)
    produced = threading.Event()

    def produce() -> None:
        run_at_once(*(lambda producer=producer: live(program, producer) for producer in range(PRODUCERS)))
        produced.set()

    def work() -> int:
        """Sweep some hours later each time, so that what failed is due again. Two workers do, and to either the other's
        claims have run out: the same message is under way twice at times, as after a crash.
        """
        sweeps = 0
        while not (produced.is_set() and sweeps > 2 and not fan_out() and not Delivery.objects.pending().exists()):
            fan_out()
            deliver_due(at=NOON.replace(year=2100) + sweeps * timedelta(hours=6), seconds=1.0)
            sweeps += 1
            assert sweeps < 300, "it never ends"
        return sweeps

    outcomes = run_at_once(produce, work, work)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes

    told = PRODUCERS * MEMBERS * (1 + CHANGES)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert Delivery.objects.filter(endpoint=endpoint).count() == told
    uids = {str(uid) for uid in Delivery.objects.values_list("uid", flat=True)}
    assert {uid for uid, _ in flaky.received} == uids
    assert len(flaky.received) > told
    assert min(flaky.moods[mood] for mood in ("drop unread", "drop", "fail", "stall", "good")) > 0
    times = defaultdict(list)
    for body in flaky.without_repeats():
        times[body["Id"]].append(body["Timestamp"])
    assert len(times) == PRODUCERS * MEMBERS
    assert all(len(each) == 1 + CHANGES and each == sorted(each) for each in times.values()), dict(times)


# Where it must never lead. The name and the wire are the test's; everything between them is ours.


class Net:
    """A resolver and a wire. `answers` are what the name resolves to, one after another and then the last for good;
    `routes` lead from a public address to a local port; `dialled` is every address that a connection was opened to.
    """

    def __init__(self) -> None:
        self.answers: list[list[str]] = [[PUBLIC]]
        self.routes: dict[str, int] = {}
        self.asked: list[str] = []
        self.dialled: list[str] = []

    def resolve(self, host, port, *args, **options):
        if host != NAME:
            return RESOLVE(host, port, *args, **options)
        found = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def dial(self, address, *args, **options):
        self.dialled.append(address[0])
        if address[0] not in self.routes:
            raise OSError(f"no way to {address[0]}")
        return DIAL(("127.0.0.1", self.routes[address[0]]), *args, **options)


RESOLVE, DIAL = socket.getaddrinfo, wire.create_connection


@pytest.fixture
def net(monkeypatch) -> Net:
    net = Net()
    monkeypatch.setattr(socket, "getaddrinfo", net.resolve)
    monkeypatch.setattr(wire, "create_connection", net.dial)
    return net


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate of the receiver's name, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    begin = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=9))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.write_bytes(key.private_bytes(pem, form, plain) + signed.public_bytes(pem))
    return path


@pytest.fixture
def public(certificate, monkeypatch, net) -> Iterator[Receiver]:
    """A receiver that speaks TLS and is reached at the public address alone."""
    monkeypatch.setattr(gateway, "_trust", lambda: ssl.create_default_context(cafile=certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receiving() as receiver:
        receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
        net.routes[PUBLIC] = receiver.server_address[1]
        yield receiver


@pytest.fixture
def private(net) -> Iterator[Receiver]:
    """Something inside, which would answer 200 to whatever reaches it, by its private address."""
    with receiving() as receiver:
        net.routes |= dict.fromkeys(("127.0.0.1", "10.0.0.7", "169.254.169.254"), receiver.server_address[1])
        yield receiver


@pytest.fixture
def endpoint(acme, program) -> WebhookEndpoint:
    return subscribe(acme, dialect=ROCK, url=f"https://{NAME}/in", topics=["MemberAdd"], secret="s", at=NOON)


def send(endpoint) -> tuple[str, int | None, str]:
    """A message in line, and one sweep: its state, the status and the reason that were logged."""
    delivery = send_test(endpoint, topic="MemberAdd", at=NOON)
    deliver_due(at=NOON)
    delivery.refresh_from_db()
    attempt = Attempt.objects.get(delivery=delivery)
    return delivery.status, attempt.status_code, attempt.error


def test_a_public_receiver_is_told_over_tls(endpoint, public, private, net):
    assert send(endpoint) == ("delivered", 200, "")
    assert public.got[0]["headers"]["Host"] == NAME
    assert (net.dialled, private.got) == ([PUBLIC], [])


@pytest.mark.parametrize("answer", [["10.0.0.7"], ["127.0.0.1"], ["169.254.169.254"], [PUBLIC, "10.0.0.7"]])
def test_a_name_that_leads_inside_is_not_called(endpoint, public, private, net, answer):
    net.answers = [answer]

    assert send(endpoint) == ("pending", None, "The name leads into a private network.")
    assert (net.dialled, public.got, private.got) == ([], [], [])


@pytest.mark.parametrize("target", ["https://10.0.0.7/in", "http://169.254.169.254/latest/", f"https://{NAME}:443/x"])
def test_a_redirect_is_a_failure_and_leads_nowhere(endpoint, public, private, net, target):
    net.answers = [[PUBLIC], ["10.0.0.7"]]
    public.status, public.headers = 307, {"Location": target}

    assert send(endpoint) == ("pending", 307, "")
    assert (len(public.got), net.asked, net.dialled, private.got) == (1, [NAME], [PUBLIC], [])


def test_an_answer_that_changes_between_check_and_call_changes_nothing(endpoint, public, private, net):
    """The name is public when it is judged, and private at any later question."""
    net.answers = [[PUBLIC], ["127.0.0.1"]]

    assert send(endpoint) == ("delivered", 200, "")
    assert (net.asked, net.dialled, private.got) == ([NAME], [PUBLIC], [])


def test_a_name_that_turns_private_later_is_refused_from_then_on(endpoint, public, private, net):
    net.answers = [[PUBLIC], ["10.0.0.7"]]

    assert [send(endpoint)[0] for _ in range(2)] == ["delivered", "pending"]
    assert (net.asked, net.dialled, private.got) == ([NAME, NAME], [PUBLIC], [])


def test_another_than_the_named_receiver_is_not_believed(endpoint, public):
    """Whoever holds the address has no certificate of what we call."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"https://{PUBLIC}/in")

    status, code, error = send(endpoint)

    assert (status, code, public.got) == ("pending", None, [])
    assert error.startswith("CertificateError")
