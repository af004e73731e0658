from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from payouts.models import Payout, PayoutAttempt
from payouts.services.methods import set_account
from payouts.services.release import mark_failed, mark_paid
from payouts.services.settlement import note_return
from referrals.models import Member
from tests.cast import NOON, make_member, refund
from tests.console import count_queries, make_staff, sign_in
from tests.payouts.admin.worlds import MATURE, ask, earn, make_completed, make_failed, make_payout, under_way_at_stripe


def page_of(payout: Payout) -> str:
    return reverse("admin:payouts_payout_change", args=[payout.pk])


def carried(client, payout: Payout) -> list[tuple[str, str]]:
    return [(line.title, line.amount) for line in client.get(page_of(payout)).context["makeup"]["carried"]]


def test_the_rewards_it_is_made_of(desk, by_hand, alice):
    rewards = [earn(alice, amount) for amount in (10_00, 5_00)]
    payout = ask(alice, by_hand)

    makeup = desk.get(page_of(payout)).context["makeup"]

    assert [(item.reward, item.amount) for item in makeup["items"]] == [
        (rewards[0].pk, "10.00 USD"), (rewards[1].pk, "5.00 USD"),
    ]  # fmt: skip
    assert (makeup["carried"], makeup["total"]) == ([], "15.00 USD")


def test_what_was_owed_is_explained(desk, by_hand, alice):
    """Refunded after it was paid out: the next payout is smaller by it, and says why."""
    first = earn(alice, 10_00)
    mark_paid(ask(alice, by_hand), actor="system", reference="one", at=MATURE)
    refund(first.action, 20_00, key="re_1", at=MATURE)
    earn(alice, 30_00)

    payout = ask(alice, by_hand)
    page = desk.get(page_of(payout))

    assert (payout.amount, payout.carried_amount) == (25_00, -5_00)
    assert carried(desk, payout) == [("Owed for a reward paid out earlier", "-5.00 USD")]
    assert "Refund re_1; for referring" in page.content.decode()
    assert page.context["makeup"]["items_total"] == "30.00 USD"


def test_what_came_back_is_explained(desk, by_hand, alice):
    payout = make_completed(by_hand, "dana")
    note_return(payout, returned=20_00, at=MATURE)

    again = ask(Member.objects.get(person=payout.person), by_hand)

    assert carried(desk, again) == [("Came back of an earlier payout", "20.00 USD")]
    assert "No reward: all of it was carried over." in desk.get(page_of(again)).content.decode()
    assert "20.00 USD came back" in desk.get(page_of(payout)).content.decode()


def test_what_a_failed_payout_owed_is_explained_in_the_next_too(desk, by_hand, alice):
    first = earn(alice, 10_00)
    mark_paid(ask(alice, by_hand), actor="system", reference="one", at=MATURE)
    refund(first.action, 40_00, key="re_1", at=MATURE)
    earn(alice, 30_00)
    mark_failed(ask(alice, by_hand), actor="system", error="closed", at=MATURE)

    assert carried(desk, ask(alice, by_hand)) == [("Owed for a reward paid out earlier", "-10.00 USD")]


def test_attempts_with_their_answers(desk, transfer):
    payout = under_way_at_stripe(transfer, "dana", sent_at=timezone.now())
    PayoutAttempt.objects.filter(payout=payout).update(outcome="refused", error="No such destination: <acct_dana>")

    html = desk.get(page_of(payout)).content.decode()

    assert "No such destination: &lt;acct_dana&gt;" in html
    assert "Refused" in html


def test_a_changed_account_is_told(desk, transfer):
    payout = make_payout(transfer, "dana")
    account = desk.get(page_of(payout)).context["account"]
    assert (account["changed"], account["is_other"]) == ("", False)

    now = timezone.now() - timedelta(days=2, seconds=5)
    set_account(payout.person, kind="stripe_transfer", destination="acct_new", actor="system", at=now)

    account = desk.get(page_of(payout)).context["account"]
    assert (account["changed"], account["is_other"]) == ("2 d ago", True)
    assert "The person's account is another one by now" in desk.get(page_of(payout)).content.decode()


def test_without_an_account_the_address_is_used(desk, by_hand, program):
    member = make_member(program, "hana", code="HANA")
    earn(member, 10_00)

    html = desk.get(page_of(ask(member, by_hand))).content.decode()

    assert "hana@hana.example" in html
    assert "their own e-mail address is used" in html


def test_ledger_entries_and_story(desk, by_hand):
    payout = make_failed(by_hand, "dana")

    page = desk.get(page_of(payout))

    assert [(entry.kind, moved) for entry, moved in page.context["entries"]] == [
        ("reserve", "20.00 USD"), ("release", "20.00 USD"),
    ]  # fmt: skip
    assert [moment.title for moment in page.context["story"]] == [
        "Requested, 20.00 USD set aside", "About to be sent", "Failed",
    ]  # fmt: skip


def test_three_rewards_cost_as_many_queries_as_one(root, by_hand, program):
    small, large = make_member(program, "small", code="SMALL"), make_member(program, "large", code="LARGE")
    earn(small, 10_00)
    for amount in (10_00, 20_00, 30_00):
        earn(large, amount)
    one, three = ask(small, by_hand), ask(large, by_hand)
    count_queries(root, page_of(one))

    assert count_queries(root, page_of(one)) == count_queries(root, page_of(three)) <= 14


def test_a_page_that_is_not_there(desk):
    for name in ("7", "x", "9" * 30):
        assert desk.get(reverse("admin:payouts_payout_change", args=[name])).status_code == 404


def test_staff_without_a_role_see_no_payout(by_hand, db):
    payout = make_payout(by_hand, "dana", at=NOON + timedelta(days=31))
    olaf = sign_in(make_staff("olaf"))
    for url in (page_of(payout), reverse("admin:payouts_payout_changelist"), reverse("admin:payouts_payout_export")):
        assert olaf.get(url).status_code == 403
