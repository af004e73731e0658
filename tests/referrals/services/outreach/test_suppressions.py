import pytest

from events.models import Event
from referrals.errors import MalformedAddress
from referrals.models import EmailSuppression, Invite
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.suppressions import (
    is_suppressed,
    suppress_email,
    suppressed_emails,
    unsuppress_email,
)
from tests.cast import NOON, make_tenant
from tests.threads import run_at_once

API = EmailSuppression.Source.API


def emails(tenant, email: str = "") -> list[str]:
    return [row.email for row in suppressed_emails(tenant, email)]


def events() -> list[tuple[str, str]]:
    return list(Event.objects.filter(kind__startswith="email.").order_by("id").values_list("kind", "subject"))


def test_an_address_is_suppressed_whatever_its_capitals_and_told_of_once(acme):
    row = suppress_email(acme, " Ida@X.example ", source=API, at=NOON, actor="key:pub")

    assert suppress_email(acme, "IDA@x.EXAMPLE", source="page", at=NOON) == row
    assert (row.email, row.source) == ("Ida@X.example", "api")
    assert emails(acme) == ["Ida@X.example"]
    event = Event.objects.get(kind="email.unsubscribed")
    assert (event.subject, event.data) == (row.uid, {"source": "api", "actor": "key:pub"})


def test_who_is_suppressed_is_so_for_that_tenant_alone(acme, globex):
    suppress_email(acme, "ida@x.example", source=API, at=NOON)

    assert [is_suppressed(tenant, "Ida@x.example") for tenant in (acme, globex)] == [True, False]
    assert (emails(acme), emails(globex)) == (["ida@x.example"], [])


def test_a_tag_makes_another_address(acme):
    suppress_email(acme, "ida+shop@gmail.com", source=API, at=NOON)

    assert [is_suppressed(acme, email) for email in ("ida@gmail.com", "IDA+Shop@gmail.com")] == [False, True]


def test_what_is_no_address_is_never_mailed(acme):
    assert [is_suppressed(acme, text) for text in ("", "ida", "a@under_score.example")] == [True, True, True]


def test_lifting_keeps_the_record_and_suppressing_anew_makes_another(acme):
    first = suppress_email(acme, "ida@x.example", source=API, at=NOON)

    assert unsuppress_email(acme, "IDA@x.example", at=NOON, actor="staff:bob") is True
    assert unsuppress_email(acme, "ida@x.example", at=NOON) is False
    assert is_suppressed(acme, "ida@x.example") is False
    second = suppress_email(acme, "ida@x.example", source=API, at=NOON)

    assert emails(acme) == ["ida@x.example"]
    assert EmailSuppression.objects.count() == 2
    assert events() == [
        ("email.unsubscribed", first.uid), ("email.resubscribed", first.uid), ("email.unsubscribed", second.uid),
    ]  # fmt: skip


def test_the_list_is_of_all_or_of_the_one_that_is_asked_for(acme):
    for email in ("Zoe@x.example", "ida@x.example"):
        suppress_email(acme, email, source=API, at=NOON)

    assert emails(acme) == ["Zoe@x.example", "ida@x.example"]
    assert emails(acme, "ZOE@x.example") == ["Zoe@x.example"]
    assert emails(acme, "bo@x.example") == emails(acme, "nonsense") == []


@pytest.mark.parametrize("text", ["", "ida", "ida@", "@x.example", "a b@x.example", "i@x.example\nBcc: all@x.example"])
def test_what_is_no_address_is_refused(acme, text):
    for call in (
        lambda: suppress_email(acme, text, source=API, at=NOON),
        lambda: unsuppress_email(acme, text, at=NOON),
    ):
        with pytest.raises(MalformedAddress):
            call()
    assert EmailSuppression.objects.count() == 0


def test_live_invites_of_the_address_end(acme, globex, program):
    add_invites(acme, [Contact("ida@x.example"), Contact("bo@x.example")], at=NOON)

    suppress_email(acme, "IDA@x.example", source=API, at=NOON)

    states = dict(Invite.objects.values_list("address", "status"))
    assert states == {"ida@x.example": "suppressed", "bo@x.example": "potential"}


def test_no_address_is_in_the_event(acme):
    suppress_email(acme, "ida@x.example", source=API, at=NOON)
    unsuppress_email(acme, "ida@x.example", at=NOON)

    assert [event.data for event in Event.objects.filter(kind__startswith="email.").order_by("id")] == [
        {"source": "api", "actor": "system"}, {"actor": "system"},
    ]  # fmt: skip


def test_many_at_once_suppress_once(transactional_db):
    acme = make_tenant("acme")

    rows = run_at_once(*[lambda: suppress_email(acme, "ida@x.example", source=API, at=NOON)] * 4)

    assert {row.pk for row in rows} == {EmailSuppression.objects.get().pk}
    assert Event.objects.filter(kind="email.unsubscribed").count() == 1
