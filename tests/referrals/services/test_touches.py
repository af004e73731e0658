"""Which touch wins, and why the others lose."""

from datetime import timedelta

import pytest

from referrals.models import Attribution, Member, Person, Program
from referrals.services.attributions import record_click
from referrals.services.touches import choose_touch, is_same_person
from tests.cast import NOON, make_member, make_person, make_program

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LAST_WINS, FIRST_WINS = "the program credits the last touch", "the program credits the first touch"


@pytest.fixture
def bert(program) -> Member:
    return make_member(program, "bert", code="BERT")


@pytest.fixture
def dana(alice) -> Person:
    return make_person(alice.tenant, "dana")


def visit(code, *, at, visitor="v-1", **fields) -> int:
    return record_click(code, ip="198.51.100.7", user_agent=FIREFOX, visitor=visitor, at=at, **fields).id


def choose(program, person, *, at, visitor="v-1", touch_ids=()):
    """The winner's id, and (id, reason) of each loser."""
    program.refresh_from_db()
    choice = choose_touch(program, person, touch_ids=set(touch_ids), visitor=visitor, at=at)
    return choice.winner and choice.winner.pk, [(touch.pk, why) for touch, why in choice.lost]


def test_last_touch_wins(program, alice, bert, dana):
    first, last = visit("ALICE", at=NOON), visit("BERT", at=NOON + DAY)

    assert choose(program, dana, at=NOON + 2 * DAY) == (last, [(first, LAST_WINS)])


def test_first_touch_wins_where_the_program_says_so(program, alice, bert, dana):
    Program.objects.update(touch_policy="first")
    first, last = visit("ALICE", at=NOON), visit("BERT", at=NOON + DAY)

    assert choose(program, dana, at=NOON + 2 * DAY) == (first, [(last, FIRST_WINS)])


def test_order_is_when_they_happened_not_when_they_were_told(program, alice, bert, dana):
    told_first = visit("ALICE", at=NOON + DAY)
    told_late = visit("BERT", at=NOON + 2 * DAY, occurred_at=NOON)

    assert choose(program, dana, at=NOON + 3 * DAY) == (told_first, [(told_late, LAST_WINS)])


def test_one_instant_is_settled_by_the_id(program, alice, bert, dana):
    one, other = visit("ALICE", at=NOON), visit("BERT", at=NOON)

    assert choose(program, dana, at=NOON) == (max(one, other), [(min(one, other), LAST_WINS)])


def test_named_touch_competes_with_the_visitors_own(program, alice, bert, dana):
    visited = visit("ALICE", at=NOON)
    named = visit("BERT", at=NOON + DAY, visitor="another browser")

    assert choose(program, dana, at=NOON + DAY, touch_ids=[named]) == (named, [(visited, LAST_WINS)])


def test_nothing_named_and_no_visitor_is_nobody(program, alice, dana):
    visit("ALICE", at=NOON, visitor="")

    assert choose(program, dana, at=NOON, visitor="") == (None, [])


@pytest.mark.parametrize(
    ("after", "wins"),
    [(timedelta(0), True), (30 * DAY - MICROSECOND, True), (30 * DAY, False), (30 * DAY + MICROSECOND, False)],
)
def test_touch_counts_until_just_before_its_window_ends(program, alice, dana, after, wins):
    touch = visit("ALICE", at=NOON)

    winner, lost = choose(program, dana, at=NOON + after)

    assert winner == (touch if wins else None)
    assert lost == ([] if wins else [(touch, "its attribution window has passed")])


def test_touch_of_the_future_does_not_count(program, alice, dana):
    touch = visit("ALICE", at=NOON, occurred_at=NOON + MICROSECOND)

    assert choose(program, dana, at=NOON) == (None, [(touch, "it lies in the future")])


def test_shorter_window_does_not_reach_back(program, alice, dana):
    touch = visit("ALICE", at=NOON)
    Program.objects.update(attribution_window_days=1)

    assert choose(program, dana, at=NOON + 2 * DAY) == (touch, [])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"user_agent": "Googlebot/2.1"}, "it was a bot, not a visit"),
        ({"prefetch": True}, "it was a prefetch, not a visit"),
    ],
)
def test_bots_and_previews_never_win(program, alice, dana, fields, why):
    fields = {"ip": "198.51.100.7", "user_agent": FIREFOX, "visitor": "v-1", "at": NOON} | fields
    touch = record_click("ALICE", **fields).id

    assert choose(program, dana, at=NOON) == (None, [(touch, why)])


def test_touch_that_brought_somebody_else_in_is_spent(program, alice, dana):
    touch = visit("ALICE", at=NOON)
    Attribution.objects.update(new_member=make_person(alice.tenant, "erin"))

    assert choose(program, dana, at=NOON) == (None, [(touch, "it already brought somebody else in")])


@pytest.mark.parametrize("change", [{"status": "Disabled"}, {"removed_at": NOON}])
def test_touch_of_a_member_who_may_not_refer_loses(program, alice, dana, change):
    touch = visit("ALICE", at=NOON)
    Member.objects.update(**change)

    assert choose(program, dana, at=NOON) == (None, [(touch, "its owner may not refer at present")])


def test_touch_of_a_blocked_person_loses(program, alice, dana):
    touch = visit("ALICE", at=NOON)
    Person.objects.filter(pk=alice.person_id).update(blocked_at=NOON)

    assert choose(program, dana, at=NOON) == (None, [(touch, "its owner may not refer at present")])


def test_own_touch_loses_to_an_earlier_one_of_somebody_else(program, alice, bert):
    berts, own = visit("BERT", at=NOON), visit("ALICE", at=NOON + DAY)

    assert choose(program, alice.person, at=NOON + DAY) == (berts, [(own, "a person cannot refer themselves")])


def test_deleted_touch_is_no_candidate(program, alice, dana):
    visit("ALICE", at=NOON)
    Attribution.objects.update(deleted_at=NOON)

    assert choose(program, dana, at=NOON) == (None, [])


def test_visitors_touches_of_another_tenant_are_no_candidates(program, alice, dana, globex):
    make_member(make_program(globex), "charlie", code="CHARLIE")
    touch = visit("CHARLIE", at=NOON)

    assert choose(program, dana, at=NOON, touch_ids=[touch]) == (None, [])


def test_choice_is_kept_as_data(program, alice, bert, dana):
    first, last = visit("ALICE", at=NOON), visit("BERT", at=NOON + DAY)

    data = choose_touch(program, dana, touch_ids=set(), visitor="v-1", at=NOON + DAY).as_data()

    assert data["winner"] == {
        "id": f"attr_{last:x}",
        "code": "BERT",
        "member": str(bert.uid),
        "kind": "click",
        "occurred_at": "2026-06-02T12:00:00+00:00",
        "expires_at": "2026-07-02T12:00:00+00:00",
        "verdict": "valid",
        "is_spent": False,
        "owner_may_refer": True,
        "is_own": False,
    }
    assert (data["policy"], data["window_days"]) == ("last", 30)
    assert [(loser["id"], loser["why"]) for loser in data["losers"]] == [(f"attr_{first:x}", LAST_WINS)]


def test_same_person_is_one_record_or_one_id_of_the_tenant(acme, globex):
    dana = make_person(acme, "dana")
    in_another_account = Person.objects.create(tenant=acme, external_id="dana", account_id="a")
    elsewhere = make_person(globex, "dana")
    anonymous = [Person.objects.create(tenant=acme, email=dana.email) for _ in range(2)]

    assert is_same_person(dana, dana)
    assert is_same_person(dana, in_another_account)
    assert not is_same_person(dana, elsewhere)
    assert not is_same_person(dana, anonymous[0])
    assert not is_same_person(*anonymous)
