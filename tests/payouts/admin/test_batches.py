import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from payouts.admin import batches
from payouts.models import Payout
from payouts.services.methods import set_account
from tests.cast import NOON, make_member
from tests.console import count_queries, make_case, make_staff, messages_of, reading_only, sign_in
from tests.credits.bulk import add_credits
from tests.payouts.admin.worlds import earn, make_method, make_payee, make_payout


def page_of(method, name: str = "preview") -> str:
    return reverse(f"admin:payouts_payoutmethod_{name}", args=[method.pk])


def outcomes(client, method) -> dict[str, tuple[int, str]]:
    return {each["name"]: (each["people"], each["amount"]) for each in client.get(page_of(method)).context["outcomes"]}


@pytest.fixture
def everything(transfer, program):
    """Somebody of each fate, by a method that holds above 50.00."""
    make_payee(program, "paid")
    make_payee(program, "large", 80_00)
    make_payout(transfer, "waiting")
    blocked = make_payee(program, "blocked").person
    blocked.blocked_at = NOON
    blocked.save(update_fields=["blocked_at"])
    reviewed = make_payee(program, "reviewed")
    make_case(reviewed, "twin")
    moved = make_payee(program, "moved").person
    set_account(moved, kind="stripe_transfer", destination="acct_new", actor="system", at=timezone.now())
    earn(make_member(program, "nowhere", code="NOWHERE"), 10_00)
    make_member(program, "nothing", code="NOTHING")


def test_who_gets_what_and_why_the_rest_do_not(paula, transfer, everything):
    """The friends that they referred earned 10.00 each, and have no account."""
    with reading_only():
        found = outcomes(paula, transfer)
        context = paula.get(page_of(transfer)).context

    assert {name: found[name] for name in ("paid", "held", "blocked")} == {
        "paid": (1, "20.00 USD"), "held": (3, "120.00 USD"), "blocked": (1, "20.00 USD"),
    }  # fmt: skip
    assert set(found) == {"paid", "held", "blocked", "no_account"}
    assert (context["getting"], context["getting_amount"]) == (4, "140.00 USD")
    assert sorted(context["hold_totals"]) == [("Changed account", 1), ("Large amount", 1), ("Open review", 1)]


def test_each_outcome_lists_its_people(paula, transfer, everything):
    def names(outcome):
        rows = paula.get(f"{page_of(transfer)}?outcome={outcome}").context["rows"]
        return {row["person"].first_name: row["holds"] for row in rows}

    assert names("paid") == {"Paid": []}
    assert names("held") == {"Large": ["Large amount"], "Reviewed": ["Open review"], "Moved": ["Changed account"]}
    assert set(names("blocked")) == {"Blocked"}
    assert "Nowhere" in names("no_account")
    assert names("nonsense") == {"Paid": []}
    assert paula.get(f"{page_of(transfer)}?page=99").context["rows"] == []
    assert paula.get(f"{page_of(transfer)}?page=-1").context["page"] == 1


def test_the_preview_as_a_file(paula, transfer, everything):
    response = paula.get(page_of(transfer, "preview_csv"))
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

    told = {row["person"]: (row["outcome"], row["held_for"], row["amount"]) for row in rows}
    assert told["Large"] == ("Held first", "amount", "80.00")
    assert told["Paid"] == ("Paid", "", "20.00")
    assert told["Nowhere"] == ("No account", "", "10.00")


def test_running_it(paula, transfer, everything):
    response = paula.post(page_of(transfer, "start"), follow=True)

    context = response.context
    assert response.redirect_chain == [(page_of(transfer, "progress"), 302)]
    assert (context["is_done"], context["percent"]) == (True, 100)
    assert (context["requested"], context["held"], context["amount"]) == ("4", "3", "140.00 USD")
    made = Payout.objects.filter(requested_by="staff:paula")
    assert sorted(made.values_list("person__first_name", "status", "amount")) == [
        ("Large", "held", 80_00), ("Moved", "held", 20_00), ("Paid", "pending", 20_00), ("Reviewed", "held", 20_00),
    ]  # fmt: skip


def test_whoever_ran_it_does_not_release_what_it_held(paula, transfer, everything):
    paula.post(page_of(transfer, "start"), follow=True)
    large = Payout.objects.get(amount=80_00)

    html = paula.get(reverse("admin:payouts_payout_change", args=[large.pk])).content.decode()

    assert "You requested this payout yourself" in html


def test_running_it_again_pays_nobody_twice(paula, transfer, everything):
    paula.post(page_of(transfer, "start"), follow=True)
    before = Payout.objects.count()
    for _ in range(2):
        paula.get(page_of(transfer, "progress"))
    paula.post(page_of(transfer, "start"), follow=True)

    assert Payout.objects.count() == before


@pytest.fixture
def crowd(program, alice):
    """1,200 people with 10.00 each."""
    by_hand = make_method(program)
    add_credits(alice, referrals=1200)
    mature_pending(at=NOON + timedelta(days=31))
    return by_hand


def test_a_crowd_batch_by_batch(paula, crowd, monkeypatch):
    """Each request does a part of it and shows how far it has come; no script is needed to go on."""
    monkeypatch.setattr(batches, "SECONDS", 0)
    preview = paula.get(page_of(crowd)).context
    assert (preview["getting"], preview["has_more"], len(preview["rows"])) == (1201, True, 50)
    last = paula.get(f"{page_of(crowd)}?page=25").context
    assert (len(last["rows"]), last["has_more"]) == (1, False)

    pages = [paula.post(page_of(crowd, "start"), follow=True)]
    while not pages[-1].context["is_done"]:
        assert '<meta http-equiv="refresh" content="0">' in pages[-1].content.decode()
        pages.append(paula.get(page_of(crowd, "progress")))

    assert [page.context["percent"] for page in pages] == [41, 83, 100, 100]
    assert [page.context["requested"] for page in pages] == ["500", "1,000", "1,201", "1,201"]
    assert "http-equiv" not in pages[-1].content.decode()
    assert Payout.objects.count() == 1201
    assert {balance(payout.person, "USD")["available"] for payout in Payout.objects.order_by("pk")[:3]} == {0}


def test_a_double_click_begins_one_run(paula, crowd, monkeypatch):
    monkeypatch.setattr(batches, "SECONDS", 0)
    paula.post(page_of(crowd, "start"))
    paula.get(page_of(crowd, "progress"))

    response = paula.post(page_of(crowd, "start"), follow=True)

    assert response.context["requested"] == "1,000"
    assert Payout.objects.values("requested_at").distinct().count() == 1


def test_a_run_that_was_left_is_not_gone_on_with(paula, crowd, monkeypatch):
    monkeypatch.setattr(batches, "SECONDS", 0)
    paula.post(page_of(crowd, "start"), follow=True)
    monkeypatch.setattr(batches, "FORGOTTEN", timedelta(0))

    response = paula.get(page_of(crowd, "progress"))

    assert (response.status_code, response.url) == (302, page_of(crowd))
    assert Payout.objects.count() == 500


def test_a_method_that_was_switched_off_is_not_run(paula, by_hand):
    by_hand.is_active = False
    by_hand.save(update_fields=["is_active"])

    html = paula.get(page_of(by_hand)).content.decode()
    response = paula.post(page_of(by_hand, "start"), follow=True)

    assert "This method is switched off." in html
    assert page_of(by_hand, "start") not in html
    assert messages_of(response) == ["This method is switched off."]


def test_a_method_switched_off_in_the_midst_stops_the_run(paula, crowd, monkeypatch):
    monkeypatch.setattr(batches, "SECONDS", 0)
    paula.post(page_of(crowd, "start"), follow=True)
    crowd.is_active = False
    crowd.save(update_fields=["is_active"])

    response = paula.get(page_of(crowd, "progress"))

    assert messages_of(response) == ["The run stopped: This method is switched off."]
    assert (response.context["is_done"], Payout.objects.count()) == (True, 500)


def test_who_may_look_and_who_may_run(desk, by_hand, program):
    make_payee(program, "dana")
    html = desk.get(page_of(by_hand)).content.decode()

    assert "Running it needs the group Payouts." in html
    assert desk.post(page_of(by_hand, "start")).status_code == 403
    assert desk.get(page_of(by_hand, "progress")).status_code == 403
    olaf = sign_in(make_staff("olaf"))
    assert [olaf.get(page_of(by_hand, name)).status_code for name in ("preview", "preview_csv", "progress")] == [
        403
    ] * 3
    assert Payout.objects.count() == 0


def test_a_run_begins_with_a_post(paula, by_hand, program):
    make_payee(program, "dana")

    assert paula.get(page_of(by_hand, "start")).status_code == 405
    assert paula.get(page_of(by_hand, "progress")).status_code == 302
    careful = sign_in(make_staff("pia", group="Payouts"), enforce_csrf_checks=True)
    assert careful.post(page_of(by_hand, "start")).status_code == 403
    assert Payout.objects.count() == 0


def test_another_person_s_run_is_not_gone_on_with(paula, by_hand, program):
    make_payee(program, "dana")
    paula.post(page_of(by_hand, "start"))
    pia = sign_in(make_staff("pia", group="Payouts"))

    assert pia.get(page_of(by_hand, "progress")).status_code == 302
    assert Payout.objects.count() == 0


def test_three_people_cost_as_many_queries_as_one(root, by_hand, program):
    make_payee(program, "dana")
    one = count_queries(root, page_of(by_hand))
    make_payee(program, "erin")
    make_payee(program, "frank")

    assert count_queries(root, page_of(by_hand)) == one
