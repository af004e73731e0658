"""Whose touch it is, where an address and a browser are shared."""

from referrals.models import Member
from referrals.services.attributions import record_click
from referrals.services.referrals import refer
from tests.cast import NOON, make_person

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
OFFICE = {"ip": "203.0.113.9", "user_agent": BROWSER, "at": NOON}


def test_two_visitors_behind_one_address_each_have_their_touch(alice: Member):
    first = record_click("ALICE", visitor="dana's", **OFFICE)
    second = record_click("ALICE", visitor="erin's", **OFFICE)

    referral = refer(alice.program, make_person(alice.tenant, "erin"), visitor="erin's", at=NOON)

    assert first.id != second.id
    assert referral.attribution_id == second.id


def test_same_visitor_again_is_one_touch(alice: Member):
    first = record_click("ALICE", visitor="dana's", **OFFICE)
    again = record_click("ALICE", visitor="dana's", **OFFICE)

    assert (again.created, again.id) == (False, first.id)


def test_touch_that_brought_somebody_in_is_not_found_again(alice: Member):
    first = record_click("ALICE", visitor="dana's", **OFFICE)
    refer(alice.program, make_person(alice.tenant, "dana"), visitor="dana's", at=NOON)

    assert record_click("ALICE", visitor="dana's", **OFFICE).id != first.id


def test_click_told_of_by_a_key_holder_counts_without_a_browser(alice: Member):
    told = [record_click("ALICE", ip="", user_agent="", at=NOON, is_vouched_for=True) for _ in range(2)]

    assert [click.verdict for click in told] == ["valid", "valid"]
    assert told[0].id != told[1].id
