"""Cases claimed in the name of a key."""

from datetime import timedelta

import pytest

from credits.errors import ClaimedByAnother, NotAwaitingReview
from credits.models import Review
from credits.services.claims import claim_for_key, release_for_key
from credits.services.review import CLAIM_LEASE, approve, claim, claim_next
from events.models import Event
from referrals.models import Identifier
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay

MINE, OTHER = "key:mine", "key:other"


@pytest.fixture
def review(alice) -> Review:
    referral = make_referral(alice, "dana")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_shared", at=NOON)
    pay(referral, 100_00)
    return Review.objects.get()


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="review.").order_by("id").values_list("kind", flat=True))


def test_key_holds_a_case_for_a_quarter_of_an_hour_and_renews_it(review, bob):
    claim_for_key(review, actor=MINE, at=NOON)
    later = claim_for_key(review, actor=MINE, at=NOON + timedelta(minutes=5))

    assert (later.claimed_by_key, later.claimed_until) == (MINE, NOON + timedelta(minutes=5) + CLAIM_LEASE)
    for claim_it in (lambda at: claim(review, by=bob, at=at), lambda at: claim_for_key(review, actor=OTHER, at=at)):
        with pytest.raises(ClaimedByAnother):
            claim_it(later.claimed_until - timedelta(microseconds=1))
    assert claim_next(by=bob, at=NOON + timedelta(minutes=6)) is None


def test_whoever_comes_after_the_lease_takes_it(review, bob):
    claim_for_key(review, actor=MINE, at=NOON)

    taken = claim(review, by=bob, at=NOON + CLAIM_LEASE)

    assert (taken.claimed_by, taken.claimed_by_key) == (bob, "")
    with pytest.raises(ClaimedByAnother):
        claim_for_key(review, actor=MINE, at=NOON + CLAIM_LEASE)
    with pytest.raises(ClaimedByAnother):
        release_for_key(review, actor=MINE, at=NOON + CLAIM_LEASE)


def test_only_its_holder_gives_it_back(review):
    claim_for_key(review, actor=MINE, at=NOON)
    with pytest.raises(ClaimedByAnother):
        release_for_key(review, actor=OTHER, at=NOON)

    given_back = release_for_key(review, actor=MINE, at=NOON)
    release_for_key(review, actor=MINE, at=NOON)

    assert (given_back.claimed_by_key, given_back.claimed_until) == ("", None)
    assert kinds() == ["review.opened", "review.claimed", "review.released"]


def test_decided_case_is_nobodys_to_claim(review):
    approve(review, actor="key:decider", at=NOON)

    with pytest.raises(NotAwaitingReview):
        claim_for_key(review, actor=MINE, at=NOON)
