"""What the answers of 4.31 to 4.36 leave behind."""

import json

from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event
from referrals.models import EmailSuppression, Invite, Mail
from referrals.services.outreach.suppressions import suppress_email
from tests.cast import NOON


def post(caller, path: str, body) -> str:
    response = caller.post(f"/api/{path}", json.dumps(body), content_type="application/json")
    assert response.status_code in (200, 400), response.content
    return response.json()["message"]


def test_an_address_is_kept_from_mail_and_let_back(caller, acme):
    post(caller, "email/unsubscribe", "Lee@buyer.example")

    row = EmailSuppression.objects.standing().get()
    assert (row.tenant, row.email, row.source) == (acme, "Lee@buyer.example", "api")
    event = Event.objects.get(kind="email.unsubscribed")
    assert (event.subject, event.data["source"], event.data["actor"][:4]) == (row.uid, "api", "key:")

    post(caller, "email/removeunsubscribe", "lee@buyer.example")
    assert EmailSuppression.objects.standing().count() == 0
    assert Event.objects.filter(kind="email.resubscribed", subject=row.uid).count() == 1


def test_contacts_become_invites_of_the_tenants_own(caller, acme, program):
    post(caller, "invitefeed", {"firstName": "Ida", "lastName": "Moe", "email": "Ida@x.example", "contactType": "vip"})

    invite = Invite.objects.get()
    told = (invite.first_name, invite.last_name, invite.email, invite.contact_type)
    assert told == ("Ida", "Moe", "Ida@x.example", "vip")
    assert (invite.tenant, invite.program, invite.member, invite.status) == (acme, program, None, "potential")
    assert Mail.objects.get().invite == invite


def test_one_malformed_contact_adds_none(caller):
    told = post(caller, "invitefeeds", [{"firstName": "Ida", "email": "ida@x.example"}, {"email": "bo@x.example"}])

    assert told == "[1].firstName: This field is required."
    assert Invite.objects.count() == 0


def test_a_thousand_contacts_take_no_more_queries_than_one(caller):
    post(caller, "invitefeeds", [])
    counts = []
    for size in (1, 1000):
        contacts = [{"firstName": f"N{n}", "email": f"{size}-{n}@x.example"} for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            told = post(caller, "invitefeeds", contacts)
        assert told.startswith(f"{size} contact")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 20
    too_many = [{"firstName": "N", "email": f"{n}@x.example"} for n in range(1001)]
    assert post(caller, "invitefeeds", too_many) == "Send at most 1000 items."


def test_a_list_of_three_takes_as_many_queries_as_one_of_one(caller, acme):
    caller.get("/api/email/getunsubscribed")
    counts = []
    for emails in (["a@x.example"], ["b@x.example", "c@x.example"]):
        for email in emails:
            suppress_email(acme, email, source="api", at=NOON)
        with CaptureQueriesContext(connection) as queries:
            caller.get("/api/email/getunsubscribed")
        counts.append(len(queries))

    assert counts[0] == counts[1]
