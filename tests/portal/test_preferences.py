import pytest

from events.models import Event
from payouts.models import PayoutAccount
from payouts.services.methods import set_account
from tests.cast import NOON
from tests.portal.worlds import visitor


def test_what_was_chosen_is_shown(alice):
    set_account(alice.person, kind="manual", destination="alice@bank.example", actor="test", at=NOON)

    page = visitor(alice).get("/portal/preferences").content.decode()

    assert 'value="alice@bank.example"' in page
    assert page.index('value="credits"') < page.index("checked") < page.index('value="payout"')


def test_a_member_chooses_money_and_where_it_goes(alice):
    browser = visitor(alice)

    response = browser.post("/portal/preferences", {"mode": "payout", "email": "alice@bank.example"})

    assert (response.status_code, response["Location"]) == (302, "/portal/preferences?saved=1")
    alice.person.refresh_from_db()
    assert alice.person.reward_mode == "payout"
    assert PayoutAccount.objects.get(person=alice.person).destination == "alice@bank.example"
    told = Event.objects.filter(kind="person.updated").get()
    assert told.data["actor"] == f"member:{alice.uid}"
    assert "<strong>Saved.</strong>" in browser.get(response["Location"]).content.decode()


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"mode": "payout", "email": ""}, "Money needs an address to be paid to."),
        ({"mode": "payout", "email": "alice"}, "Enter an address like name@example.com."),
        ({"mode": "gold", "email": ""}, "Choose one of the two."),
        ({}, "Choose one of the two."),
    ],
)
def test_a_mistake_changes_nothing(alice, told, error):
    response = visitor(alice).post("/portal/preferences", told)

    assert response.status_code == 400
    assert error in response.content.decode()
    alice.person.refresh_from_db()
    assert alice.person.reward_mode == ""
    assert PayoutAccount.objects.count() == 0


def test_without_an_address_nothing_is_paid_by_hand(alice):
    set_account(alice.person, kind="manual", destination="alice@bank.example", actor="test", at=NOON)

    visitor(alice).post("/portal/preferences", {"mode": "credits", "email": ""})

    assert PayoutAccount.objects.count() == 0
