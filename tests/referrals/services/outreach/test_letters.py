import re
from html.parser import HTMLParser

import pytest
from django.core import mail as box

from referrals.models import Mail, Program
from referrals.services.outreach.inviting import Contact, add_invites, send_welcome
from referrals.services.outreach.letters import compose, plain_name
from referrals.services.outreach.sending import send_due_mail
from referrals.services.outreach.tokens import open_mailbox
from tests.cast import NOON, make_member

pytestmark = pytest.mark.django_db


def letter(kind: str = "invite"):
    """The mail of a kind that is in line, and its HTML."""
    message = compose(Mail.objects.get(kind=kind), at=NOON)
    return message, message.alternatives[0].content


def invite(acme, member, *, email: str = "ida@x.example", first_name: str = "Ida") -> None:
    add_invites(acme, [Contact(email, first_name)], member=member, at=NOON)


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.found if name in attrs]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ida", "Ida"),
        ("  Ida \r\n Lin ", "Ida Lin"),
        ("J. R. Smith", "J. R. Smith"),
        ("Zoë-Ann O'Neil", "Zoë-Ann O'Neil"),
        ("Ida\r\nBcc: all@x.example", ""),
        ("visit evil.example now", ""),
        ("http://evil.example", ""),
        ("www.evil", ""),
        ("<b>Ida</b>", ""),
        ("Ida\u202e\x00", "Ida"),
        ("x" * 61, ""),
        ("", ""),
    ],
)
def test_a_name_that_could_pass_for_a_link_is_left_out(name, shown):
    assert plain_name(name) == shown


def test_no_name_writes_a_header_of_its_own(acme, program):
    evil = "Eve\r\nBcc: all@x.example"
    member = make_member(program, "eve", code="EVE", first_name=evil, last_name="\r\nX-Evil: 1")
    acme.name = "Acme\r\nX-Evil: 1"
    acme.save()
    invite(acme, member, first_name=evil)

    assert send_due_mail(at=NOON) == 1

    message = box.outbox[0].message()
    assert (message["Bcc"], message["X-Evil"], message["To"]) == (None, None, "ida@x.example")
    assert message["Subject"] == "A friend invited you to Acme X-Evil: 1"


def test_a_name_of_another_script_and_with_quotes_is_written_whole(acme, program):
    acme.name = 'The "Best" Café, Ltd'
    acme.save()
    invite(acme, make_member(program, "zoe", first_name="Зоя", last_name="Ли"))

    message, _ = letter()
    header = str(message.message()["From"])

    assert message.from_email.count("@") == 1
    assert "=?utf-8?" in header
    assert message.subject == 'Зоя Ли invited you to The "Best" Café, Ltd'


def test_an_invite_says_who_what_and_why(acme, alice):
    alice.program.referral_offer = "10.00 USD off\nyour first order"
    alice.program.save()
    invite(acme, alice)

    message, html = letter()

    unsubscribe = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.body == (
        "Hello Ida,\n\n"
        "Alice thinks you might like Acme, and asked us to send you this link:\n\n"
        "http://localhost:8000/r/acme/ALICE\n\n"
        "What is in it for you:\n10.00 USD off\nyour first order\n\n"
        "Asked for a code when you sign up? It is ALICE.\n\n"
        "Acme\n\n"
        "-- \n"
        "You get this mail because Alice gave us your address to invite you. We remind you once, and forget your "
        "address on 31 July 2026.\n\n"
        f"No more mail from Acme:\n{unsubscribe}\n"
    )
    assert "10.00 USD off<br>your first order" in html
    assert Elements(html).attributes("href") == ["http://localhost:8000/r/acme/ALICE", unsubscribe]


def test_the_link_to_end_mail_is_of_that_address_and_shows_it_to_nobody(acme, alice):
    invite(acme, alice)

    message, html = letter()
    link = message.extra_headers["List-Unsubscribe"].strip("<>")

    opened = open_mailbox(link.rpartition("/")[2])
    assert (opened.tenant, opened.email) == (acme, "ida@x.example")
    assert "ida" not in link.lower().partition("/u/")[0]
    assert "x.example" not in message.body + html


def test_html_holds_what_was_given_as_text(acme, alice):
    Program.objects.update(referral_offer="<script>alert(1)</script> & more")
    acme.name = "A & B <i>"
    acme.save()
    invite(acme, alice)

    message, html = letter()

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "A &amp; B &lt;i&gt;" in html
    assert "<script>alert(1)</script> & more" in message.body


@pytest.mark.parametrize("kind", ["invite", "reminder", "call", "call_reminder", "welcome"])
def test_every_mail_is_fit_for_mail_programs(acme, alice, kind):
    make_mail(acme, alice, kind)

    message, html = letter({"call": "invite", "call_reminder": "reminder"}.get(kind, kind))
    elements = Elements(html)

    assert [tag for tag, _ in elements.found if tag in {"script", "img", "link", "form", "iframe"}] == []
    assert all(attrs.get("role") == "presentation" for tag, attrs in elements.found if tag == "table")
    assert dict(elements.found)["html"]["lang"] == "en"
    assert "prefers-color-scheme: dark" in html
    assert "url(" not in html
    assert all(href.startswith("http://localhost:8000/") for href in elements.attributes("href"))
    assert not re.search(r"{[{%]|None|\n\n\n", message.body)
    assert len(html) < 20_000  # Gmail cuts off at 102 kB
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.body.rstrip().endswith(message.extra_headers["List-Unsubscribe"].strip("<>"))


def make_mail(acme, alice, kind: str) -> None:
    if kind == "welcome":
        send_welcome(alice, at=NOON)
        return
    add_invites(acme, [Contact("ida@x.example")], member=None if "call" in kind else alice, at=NOON)
    if "reminder" in kind:
        send_due_mail(at=NOON)


def test_a_welcome_has_the_link_to_share_and_the_way_in(acme, alice, client):
    send_welcome(alice, at=NOON)

    message, _ = letter("welcome")

    assert message.subject == "Your link for recommending Acme"
    assert message.to == ["alice@alice.example"]
    assert "http://localhost:8000/r/acme/ALICE\n" in message.body
    assert re.search(r"http://localhost:8000/p/\S+", message.body)
