"""Which status may follow which (contracts/referral-rock.md, section 2, Referral status transitions)."""

import pytest
from django.db import transaction

from api.referral_rock.errors import Failure
from api.referral_rock.transitions import BACK, FINAL, ONCE, WAITS, Step, give_status, plan_steps
from credits.models import Review
from credits.services.books import check_books
from credits.services.outcomes import qualify_referral
from referrals.models import Identifier, Program, Referral
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals
from tests.api.referral_rock.referral_worlds import add_dana
from tests.cast import NOON, rewards_of

ACTOR = "key:x"
STATUSES = ("pending", "qualified", "approved", "denied")
Q, A, D, R = Step.QUALIFY, Step.ACCEPT, Step.DENY, Step.REOPEN

# From the row to the column: of one that never qualified, and of one that did.
NEVER = {
    "pending": [(), (Q,), (A,), (D,)],
    "qualified": [BACK, (), (A,), (D,)],
    "approved": [FINAL, FINAL, (), FINAL],
    "denied": [(R,), (R, Q), (A,), ()],
}
BEFORE = {
    "pending": [(), WAITS, (A,), (D,)],
    "qualified": [BACK, (), (A,), (D,)],
    "approved": [FINAL, FINAL, (), FINAL],
    "denied": [(R,), ONCE, ONCE, ()],
}


def way(status: str, wanted: str, *, has_qualified: bool) -> object:
    try:
        return plan_steps(status, wanted, has_qualified=has_qualified)
    except Failure as failure:
        return str(failure)


@pytest.mark.parametrize(("table", "has_qualified"), [(NEVER, False), (BEFORE, True)])
def test_every_status_from_every_other(table, has_qualified):
    found = {status: [way(status, each, has_qualified=has_qualified) for each in STATUSES] for status in STATUSES}

    assert found == table


@pytest.fixture
def dana(alice) -> Referral:
    return add_dana(alice)


def give(referral: Referral, *statuses: str) -> str:
    """The state it comes to; an amount of 120.00 is in its details."""
    with transaction.atomic():
        for status in statuses:
            referral = give_status(Referral.objects.get(pk=referral.pk), status, actor=ACTOR, at=NOON)
    assert check_books(at=NOON).ok
    return referral.status


EARNED = [("referrer", 30_00, "pending"), ("referred", 10_00, "pending")]


@pytest.mark.parametrize("way", [["approved"], ["qualified", "approved"], ["denied", "approved"]])
def test_what_is_approved_has_qualified_and_earns_its_amount_once(dana, way):
    assert give(dana, *way, "approved") == "rewarded"

    dana.refresh_from_db()
    assert (rewards_of(dana), dana.qualified_at, dana.details.approved_at) == (EARNED, NOON, NOON)


def test_pending_and_denied_go_back_and_forth(dana):
    assert give(dana, "denied", "pending", "denied", "pending") == "attributed"
    assert rewards_of(dana) == []


def test_what_was_denied_after_it_qualified_waits_once_it_is_pending_and_may_be_approved(dana):
    assert give(dana, "qualified", "denied", "pending") == "review_required"
    assert give(dana, "approved") == "rewarded"
    assert rewards_of(dana) == EARNED


def test_an_expired_one_is_denied_and_comes_back(dana):
    expire_referrals(at=dana.expires_at)

    assert give(dana, "qualified") == "qualified"


def test_one_that_is_approved_for_nothing_is_approved_all_the_same(dana):
    dana.program.reward_rules.update(retired_at=NOON)

    assert give(dana, "approved") == "qualified"
    with pytest.raises(Failure, match="stays approved"):
        give(dana, "denied")


def test_risk_that_an_approval_brings_to_light_waits_for_a_person(dana):
    for person in (dana.referrer.person, dana.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    assert give(dana, "approved") == "review_required"
    assert (rewards_of(dana), Review.objects.open().filter(referral=dana).exists()) == ([], True)


def test_a_program_that_has_people_decide_keeps_it_pending(dana):
    Program.objects.filter(pk=dana.program_id).update(referrer_moderation="PENDING")
    Referral.objects.filter(pk=dana.pk).update(referrer_moderation="PENDING")
    qualify_referral(dana, actor=ACTOR, at=NOON)

    with pytest.raises(Failure, match="waits to be approved"):
        give(dana, "qualified")
    assert give(dana, "approved") == "rewarded"
