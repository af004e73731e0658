"""What explain says of a pending reward is what maturation does: it matures if, and only if, no guard holds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from django.db import transaction
from django.utils.dateparse import parse_datetime

from credits.models import Review, Reward
from credits.services.by_hand import give_reward
from credits.services.explaining import Audience, explain_referral, explain_reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from referrals.models import Member, Person, Program, Referral
from referrals.services.members_changing import update_member
from referrals.services.standing import block_person
from tenants.models import Tenant
from tests.cast import NOON, pay
from tests.credits.services.explaining.stories import BOB, STORIES

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
DUE = NOON + 30 * DAY
INSTANTS = [NOON, NOON + DAY, DUE - MICROSECOND, DUE, DUE + MICROSECOND, NOON + 365 * DAY]


def open_a_review() -> None:
    facts = {"tenant": Tenant.objects.get(), "referral": Referral.objects.get()}
    Review.objects.create(**facts, opened_at=NOON + DAY, deadline=NOON)


# What keeps a reward from maturing, each as the one column that says so.
CONDITIONS: dict[str, Callable[[], object]] = {
    "review": open_a_review,
    "dispute": lambda: Reward.objects.filter(side="referrer").update(frozen_at=NOON),
    "referrer pending": lambda: Referral.objects.update(referrer_moderation="PENDING"),
    "referred denied": lambda: Referral.objects.update(referred_moderation="DENIED"),
    "program": lambda: Program.objects.update(is_active=False),
    "tenant": lambda: Tenant.objects.update(is_active=False),
    "referrer blocked": lambda: Person.objects.filter(external_id="alice").update(blocked_at=NOON),
    "referred blocked": lambda: Person.objects.filter(external_id="dana-of-acme").update(blocked_at=NOON),
    "membership": lambda: Member.objects.update(status="Disabled"),
    "removed membership": lambda: Member.objects.update(removed_at=NOON),  # keeps nothing from maturing
}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def explained(at: datetime) -> set[str]:
    """The pending rewards of which no guard holds at an instant, by what is told of each by itself."""
    pending = Reward.objects.pending()
    told = [explain_reward(each, audience=Audience.AUDITOR, at=at)["maturation"][0] for each in pending]
    assert [each["matures_at"] is None for each in told] == [bool(set(each["held_by"]) - {"hold"}) for each in told]
    return {each["reward"] for each in told if not each["held_by"]}


def matured(at: datetime) -> set[str]:
    before = set(Reward.objects.pending().values_list("uid", flat=True))
    mature_pending(at=at)
    return {str(uid) for uid in before - set(Reward.objects.pending().values_list("uid", flat=True))}


def assert_the_same(at: datetime) -> int:
    """What matures is what nothing is said to keep; returns how many that were."""
    free = explained(at)
    with undone():
        assert matured(at) == free
    return len(free)


@pytest.fixture
def paid(begun) -> Referral:
    """Two rewards by rule, and one by hand for each of the two people and for the referral."""
    pay(begun, 100_00)
    given = {"amount": 5_00, "currency": "USD", "actor": BOB, "at": NOON, "matures_at": DUE}
    give_reward(begun.referrer.person, begun.program, referral=begun, **given)
    give_reward(begun.referred, begun.program, referral=begun, side="referred", **given)
    give_reward(begun.referrer.person, begun.program, **given)
    return begun


def test_a_reward_matures_when_no_guard_holds_whatever_stands_together(paid):
    """None, each, and every two of the conditions, before its hold has passed and after."""
    combined = [each for size in range(3) for each in combinations(CONDITIONS, size)]
    freed = set()
    for names in combined:
        with undone():
            for name in names:
                CONDITIONS[name]()
            assert assert_the_same(DUE - MICROSECOND) == 0
            freed.add(assert_the_same(DUE))

    assert len(combined) == 1 + 10 + 45
    assert freed >= {0, 2, 3, 4, 5}  # of five: the conditions keep different ones


@pytest.mark.parametrize("story", STORIES)
def test_a_reward_of_any_story_matures_when_no_guard_holds(tell, story):
    tell(story)

    for at in INSTANTS:
        assert_the_same(at)


def test_a_reward_matures_at_the_instant_that_is_told_and_not_before(paid):
    at = NOON + 2 * DAY
    told = explain_referral(paid, audience=Audience.SUPPORT, at=at)["maturation"]

    assert {each["matures_at"] for each in told} == {DUE.isoformat()}
    with undone():
        assert matured(DUE - MICROSECOND) == set()
        assert matured(DUE) >= {each["reward"] for each in told}


def guard(referral: Referral, name: str, *, side: str = "referrer", at: datetime = DUE) -> dict:
    told = explain_referral(referral, audience=Audience.SUPPORT, at=at)["maturation"]
    rewards = {str(uid) for uid in Reward.objects.by_rule().filter(side=side).values_list("uid", flat=True)}
    mine = next(each for each in told if each["reward"] in rewards)
    return next(each for each in mine["guards"] if each["guard"] == name)


def test_guard_that_does_not_hold_says_nothing(begun):
    pay(begun, 100_00)

    assert guard(begun, "dispute") == {"guard": "dispute", "holds": False, "since": None, "until": None, "says": ""}


def test_hold_is_told_with_its_end(begun):
    pay(begun, 100_00)

    told = guard(begun, "hold", at=NOON + DAY)
    assert (told["since"], told["until"]) == (NOON.isoformat(), DUE.isoformat())


def test_each_guard_tells_since_when(tell):
    """A review, with the sides that wait for it; then each of the others."""
    referral = tell("held_after_it_earned")
    assert guard(referral, "review")["since"] == (NOON + DAY).isoformat()
    assert guard(referral, "moderation")["since"] == (NOON + DAY).isoformat()

    block_person(referral.referred, at=NOON + 2 * DAY, actor=BOB)
    update_member(referral.referrer, is_disabled=True, at=NOON + 3 * DAY, actor=BOB)
    assert guard(referral, "person", side="referred")["since"] == (NOON + 2 * DAY).isoformat()
    assert guard(referral, "membership")["since"] == (NOON + 3 * DAY).isoformat()
    assert guard(referral, "membership", side="referred")["holds"] is False


def test_dispute_tells_since_when(tell):
    assert guard(tell("disputed"), "dispute")["since"] == (NOON + DAY).isoformat()


def test_side_that_waited_from_the_start_waits_since_the_sign_up(tell):
    tell("careful")
    erin = Referral.objects.get(referred__external_id="erin")
    give_reward(erin.referrer.person, erin.program, referral=erin, amount=1, currency="USD", actor=BOB, at=NOON)
    moderate(erin, "referrer", "APPROVED", actor=BOB, at=NOON + DAY)
    Referral.objects.filter(pk=erin.pk).update(referrer_moderation="PENDING")

    told = explain_referral(erin, audience=Audience.AUDITOR, at=DUE)

    assert told["decisions"]["sides"] == {"referrer": "PENDING", "referred": "PENDING"}


def test_pause_is_told_by_the_history_of_the_row(tell):
    """Paused twice: since the second time. The database notes the real time of it."""
    referral = tell("paused")
    program = Program.objects.get()
    first = program.history.get(is_active=False).pgh_created_at
    assert parse_datetime(guard(referral, "program")["since"]) == first
    assert parse_datetime(guard(referral, "tenant")["since"]).tzinfo == UTC

    for is_active in (True, False):
        program.is_active = is_active
        program.save(update_fields=["is_active"])
    again = program.history.filter(is_active=False).latest("pgh_id")
    program.title = "another title"
    program.save(update_fields=["title"])

    assert program.history.filter(is_active=False).count() == 3
    assert parse_datetime(guard(referral, "program")["since"]) == again.pgh_created_at


def test_since_when_that_nothing_recorded_is_not_made_up(begun):
    pay(begun, 100_00)
    Member.objects.update(status="Disabled")

    assert guard(begun, "membership")["since"] == "not recorded"
