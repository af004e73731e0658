from datetime import timedelta

import pytest
from django.utils import timezone

from referrals.models import Member
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.tokens import sign_invite
from tests.console import reading_only


def invite_of(acme, *, age: timedelta = timedelta(), **options):
    return add_invites(acme, [Contact("ida@x.example", "Ida")], at=timezone.now() - age, **options).added[0]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, acme, program, method):
    link = f"/j/{sign_invite(invite_of(acme))}"
    with reading_only():
        response = getattr(client, method)(link)

    assert response.status_code == 200
    assert Member.objects.count() == 0


def test_the_button_makes_a_member_and_leads_to_their_pages(client, acme, program):
    program.member_offer = "Earn 25%"
    program.save()
    link = f"/j/{sign_invite(invite_of(acme))}"
    assert "Earn 25%" in client.get(link).content.decode()

    response = client.post(link, follow=True)

    assert response.redirect_chain == [("/portal/", 303)]
    assert response.status_code == 200
    member = Member.objects.get()
    assert member.person.email == "ida@x.example"
    assert member.codes.get().code in response.content.decode()


def test_a_link_is_good_once(client, acme, program):
    link = f"/j/{sign_invite(invite_of(acme))}"
    client.post(link)

    for response in (client.get(link), client.post(link)):
        assert response.status_code == 410
        assert "This invitation is over" in response.content.decode()
        assert "Acme" not in response.content.decode()


def test_an_expired_and_a_members_invite_make_no_member(client, acme, alice):
    old = invite_of(acme, age=timedelta(days=61))
    friends = add_invites(acme, [Contact("bo@x.example")], member=alice, at=timezone.now()).added[0]

    for invite in (old, friends):
        assert client.post(f"/j/{sign_invite(invite)}").status_code == 410
    assert Member.objects.get() == alice


def test_a_link_of_nobodys_making_gets_a_page_without_data(client, acme, program):
    token = sign_invite(invite_of(acme))
    for bad in (token[:-1], "x" + token[1:], "nonsense"):
        response = client.post(f"/j/{bad}")
        assert response.status_code == 404
        assert "Acme" not in response.content.decode()
    assert Member.objects.count() == 0
