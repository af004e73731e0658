import pytest

from referrals.models import Invite, Member
from referrals.services.access import View
from referrals.services.outreach.suppressions import suppress_email
from tests.cast import NOON, make_member, make_referral
from tests.portal.worlds import token_for, visitor

DANA = {"first_name": "Dana", "email": "dana@dana.example"}


@pytest.fixture(params=["window", "frame"])
def door(request, alice):
    """A browser, and what the addresses of Alice's pages begin with."""
    if request.param == "window":
        return visitor(alice), "/portal/"
    return visitor(), f"/pe/{token_for(alice, View.EMBED)}/"


def test_somebody_is_invited_in_the_member_s_name(door, alice):
    browser, base = door

    response = browser.post(f"{base}invite", DANA)

    assert (response.status_code, response["Location"]) == (302, f"{base}?invited=1#invite")
    invite = Invite.objects.get()
    assert (invite.member, invite.first_name, invite.email) == (alice, "Dana", "dana@dana.example")
    assert "<strong>Thank you.</strong>" in browser.get(response["Location"]).content.decode()


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"first_name": "", "email": "dana@dana.example"}, "Enter their first name."),
        ({"first_name": "Dana", "email": ""}, "Enter their e-mail address."),
        ({"first_name": "Dana", "email": "dana"}, "Enter an address like name@example.com."),
        ({"first_name": "Dana", "email": "x" * 300 + "@dana.example"}, "at most 254 characters"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays(door, told, error):
    browser, base = door

    response = browser.post(f"{base}invite", told)

    page = response.content.decode()
    assert response.status_code == 400
    assert error in page
    assert 'aria-invalid="true"' in page
    assert f'value="{told["first_name"]}"' in page or not told["first_name"]
    assert Invite.objects.count() == 0


def known(alice):
    make_referral(alice, "dana")


def unwilling(alice):
    suppress_email(alice.tenant, "dana@dana.example", at=NOON, source="page")


def invited(alice):
    visitor(alice).post("/portal/invite", DANA)


def a_member(alice):
    make_member(alice.program, "dana")


@pytest.mark.parametrize("whoever", [known, unwilling, invited, a_member])
def test_nobody_learns_who_is_known_already(alice, whoever):
    whoever(alice)
    before = Invite.objects.count()

    response = visitor(alice).post("/portal/invite", DANA)

    assert (response.status_code, response["Location"]) == (302, "/portal/?invited=1#invite")
    assert Invite.objects.count() == before


def test_a_member_sends_so_many_an_hour(alice, monkeypatch):
    monkeypatch.setattr("portal.views.members.INVITES_AN_HOUR", 1)
    browser = visitor(alice)
    browser.post("/portal/invite", DANA)

    response = browser.post("/portal/invite", {"first_name": "Erin", "email": "erin@erin.example"})

    assert response.status_code == 429
    assert "Go on a little later." in response.content.decode()
    assert Invite.objects.count() == 1


def test_a_disabled_member_invites_nobody(alice):
    Member.objects.filter(pk=alice.pk).update(status="Disabled")

    response = visitor(alice).post("/portal/invite", DANA)

    assert response.status_code == 400
    assert Invite.objects.count() == 0


def test_an_invitation_is_posted(alice):
    assert visitor(alice).get("/portal/invite", DANA).status_code == 405
    assert Invite.objects.count() == 0
