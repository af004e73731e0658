from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credits.services.ledger import balance
from payouts.models import Payout
from payouts.services.release import release_payout
from payouts.services.settlement import cancel_payout
from tests.cast import NOON
from tests.console import make_staff, messages_of, reading_only, sign_in
from tests.payouts.admin.worlds import MATURE, make_completed, make_failed, make_payee, make_payout, under_way_at_stripe

STEPS = ("release", "paid", "failed", "retry", "cancel")


def page_of(payout: Payout, name: str = "change") -> str:
    return reverse(f"admin:payouts_payout_{name}", args=[payout.pk])


def seen(client, payout: Payout) -> str:
    return client.get(page_of(payout)).context["seen"]


def press(client, payout: Payout, step: str, **said: str):
    """Press a button on a payout's page."""
    return client.post(page_of(payout, step), {"seen": seen(client, payout), **said}, follow=True)


def confirm(client, payout: Payout, step: str, **said: str):
    """And then the one on the page that asks."""
    return press(client, payout, step, confirmed="1", **said)


def status_of(payout: Payout) -> str:
    payout.refresh_from_db()
    return payout.status


@pytest.fixture
def held(transfer):
    return make_payout(transfer, "dana", 80_00)


@pytest.fixture
def to_pay(by_hand):
    return make_payout(by_hand, "erin")


def test_a_button_asks_first_and_changes_nothing(paula, held, to_pay):
    for payout, step in ((held, "release"), (held, "cancel"), (to_pay, "paid"), (to_pay, "failed")):
        token = seen(paula, payout)
        with reading_only():
            html = paula.post(page_of(payout, step), {"seen": token}).content.decode()
        assert "Nothing has happened yet." in html

    assert (status_of(held), status_of(to_pay)) == ("held", "pending")


def test_the_page_that_asks_says_why_it_was_held(paula, held):
    html = press(paula, held, "release").content.decode()

    assert "80.00 USD" in html
    assert "It is more than 50.00 USD, above which this method asks for a second person." in html
    assert "acct_dana" in html


def test_releasing(paula, held):
    response = confirm(paula, held, "release")

    assert status_of(held) == "pending"
    assert held.released_by == "staff:paula"
    assert messages_of(response) == ["80.00 USD to Dana: released."]


def test_whoever_requested_cannot_release_and_sees_why(paula, transfer):
    payout = make_payout(transfer, "dana", 80_00, actor="staff:paula")

    html = paula.get(page_of(payout)).content.decode()
    response = confirm(paula, payout, "release")

    refusal = "You requested this payout yourself: somebody else must release it."
    assert f"Release: {refusal}" in html
    assert page_of(payout, "release") not in html
    assert messages_of(response) == [refusal]
    assert status_of(payout) == "held"
    pia = sign_in(make_staff("pia", group="Payouts"))
    confirm(pia, payout, "release")
    assert (status_of(payout), payout.released_by) == ("pending", "staff:pia")


def test_marking_as_paid(paula, to_pay):
    response = confirm(paula, to_pay, "paid", said="WIRE-7")

    assert status_of(to_pay) == "completed"
    assert to_pay.reference == "WIRE-7 (staff:paula)"
    assert messages_of(response) == ["20.00 USD to Erin: marked as paid."]
    assert balance(to_pay.person, "USD")["paid"] == 20_00


def test_marking_as_paid_needs_a_reference(paula, to_pay):
    html = confirm(paula, to_pay, "paid", said="  ").content.decode()

    assert "Fill this in first." in html
    assert status_of(to_pay) == "pending"


def test_marking_as_failed_says_what_went_wrong(paula, to_pay):
    confirm(paula, to_pay, "failed", said="account closed")

    assert status_of(to_pay) == "failed"
    assert to_pay.error == "account closed (staff:paula)"
    assert balance(to_pay.person, "USD")["available"] == 20_00


def test_cancelling_with_and_without_a_reason(paula, held, to_pay):
    confirm(paula, held, "cancel", said="asked for by mistake")
    confirm(paula, to_pay, "cancel")

    assert (status_of(held), held.error) == ("cancelled", "staff:paula: asked for by mistake")
    assert (status_of(to_pay), to_pay.error) == ("cancelled", "by staff:paula")


def test_trying_again_makes_a_new_payout(paula, by_hand):
    failed = make_failed(by_hand, "dana")

    html = press(paula, failed, "retry").content.decode()
    response = confirm(paula, failed, "retry", said=str(by_hand.uid))

    made = Payout.objects.latest("pk")
    assert "pays 20.00 USD" in html
    assert (status_of(failed), made.status, made.amount, made.requested_by) == (
        "failed", "pending", 20_00, "staff:paula",
    )  # fmt: skip
    assert response.redirect_chain == [(page_of(made), 302)]
    assert f'part of <a href="{page_of(made)}">payout {made.pk}</a>' in paula.get(page_of(failed)).content.decode()


def test_trying_again_by_another_method(paula, by_hand, transfer):
    failed = make_failed(by_hand, "dana")

    confirm(paula, failed, "retry", said=str(transfer.uid))

    assert Payout.objects.latest("pk").method == transfer


def test_a_method_of_another_program_is_not_taken(paula, by_hand):
    failed = make_failed(by_hand, "dana")

    for said in ("", "nonsense", str(failed.uid)):
        assert messages_of(confirm(paula, failed, "retry", said=said)) == ["Choose a method to pay it by."]
    assert Payout.objects.count() == 1


def test_what_cannot_be_tried_again_says_why(paula, by_hand):
    failed = make_failed(by_hand, "dana")
    failed.person.blocked_at = MATURE
    failed.person.save(update_fields=["blocked_at"])

    html = paula.get(page_of(failed)).content.decode()
    response = confirm(paula, failed, "retry", said=str(by_hand.uid))

    assert "Try again: This person is blocked." in html
    assert messages_of(response) == ["This person is blocked."]


def test_a_second_click_does_nothing(paula, to_pay):
    form = {"seen": seen(paula, to_pay), "confirmed": "1", "said": "WIRE-7"}

    paula.post(page_of(to_pay, "paid"), form, follow=True)
    response = paula.post(page_of(to_pay, "paid"), {**form, "said": "WIRE-8"}, follow=True)

    assert messages_of(response) == ["It changed while you were looking at it, and is completed now."]
    assert status_of(to_pay) == "completed"
    assert to_pay.reference == "WIRE-7 (staff:paula)"


def test_a_page_that_grew_old_is_refused(paula, held):
    old = seen(paula, held)
    cancel_payout(held, actor="staff:olga", at=timezone.now())

    response = paula.post(page_of(held, "release"), {"seen": old, "confirmed": "1"}, follow=True)

    assert messages_of(response) == ["It changed while you were looking at it, and is cancelled now."]
    assert status_of(held) == "cancelled"


def test_a_reason_found_since_is_to_be_looked_at_first(paula, held):
    """Two people at once: what one saw is not what the other releases."""
    old = seen(paula, held)
    Payout.objects.filter(pk=held.pk).update(holds=["amount", "review"], updated_at=MATURE + timedelta(days=1))

    response = paula.post(page_of(held, "release"), {"seen": old, "confirmed": "1"}, follow=True)

    assert messages_of(response) == ["It changed while you were looking at it, and is held now."]
    assert status_of(held) == "held"


def test_each_state_offers_what_can_work(paula, by_hand, transfer):
    now = timezone.now()
    states = {
        "held": make_payout(transfer, "held", 80_00),
        "by_hand": make_payout(by_hand, "topay"),
        "pending": make_payout(transfer, "pending"),
        "processing": under_way_at_stripe(transfer, "sent", sent_at=now),
        "completed": make_completed(by_hand, "completed"),
        "failed": make_failed(by_hand, "failed"),
    }

    offered = {
        name: [step.name for step, _ in paula.get(page_of(payout)).context["steps"]] for name, payout in states.items()
    }

    assert offered == {
        "held": ["release", "cancel"],
        "by_hand": ["paid", "failed", "cancel"],
        "pending": ["cancel"],
        "processing": [],
        "completed": [],
        "failed": ["retry"],
    }
    for name, payout in states.items():
        before = status_of(payout)
        for step in set(STEPS) - set(offered[name]):
            refused = confirm(paula, payout, step, said="x")
            assert messages_of(refused) == [f"A {payout.get_status_display().lower()} payout does not allow this."], (
                name,
                step,
            )
        assert status_of(payout) == before


def test_only_who_may_act_is_offered_a_step_and_others_get_403(desk, held, to_pay, by_hand):
    failed = make_failed(by_hand, "fred")
    for payout in (held, to_pay, failed):
        html = desk.get(page_of(payout)).content.decode()
        assert "Acting on it needs the group Payouts." in html
        for step in STEPS:
            assert page_of(payout, step) not in html
            assert desk.post(page_of(payout, step), {"confirmed": "1", "said": "x"}).status_code == 403

    assert [status_of(payout) for payout in (held, to_pay, failed)] == ["held", "pending", "failed"]


def test_a_step_is_a_post(paula, held):
    for step in STEPS:
        assert paula.get(page_of(held, step)).status_code == 405
    assert paula.post(page_of(held, "release").replace(str(held.pk), "999999"), {"confirmed": "1"}).status_code == 404


def test_a_step_needs_its_token(held):
    careful = sign_in(make_staff("pia", group="Payouts"), enforce_csrf_checks=True)

    assert careful.post(page_of(held, "release"), {"confirmed": "1", "seen": "x"}).status_code == 403
    assert status_of(held) == "held"


def test_who_did_what_is_on_the_page_and_in_the_console_s_history(paula, held, program):
    confirm(paula, held, "release")
    make_payee(program, "zoe")

    page = paula.get(page_of(held))

    assert [(moment.title, moment.by) for moment in page.context["story"]] == [
        ("Requested, 80.00 USD set aside", "Vouch"), ("Released", "paula"),
    ]  # fmt: skip
    history = paula.get(reverse("admin:payouts_payout_history", args=[held.pk])).content.decode()
    assert "Released." in history


def test_a_release_of_a_payout_held_again_needs_another_look(paula, held):
    release_payout(held, actor="staff:olga", at=NOON)

    assert messages_of(confirm(paula, held, "release")) == ["A pending payout does not allow this."]
