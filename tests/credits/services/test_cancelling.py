import pytest

from credits.errors import NotCancellable
from credits.services.books import check_books
from credits.services.cancelling import cancel_reward
from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.redemption import redeem
from referrals.models import Moderation, Referral, Side
from tests.cast import NOON, make_referral, pay, rewards_of

MATURED = NOON.replace(month=8)


@pytest.fixture
def paid(alice) -> Referral:
    referral = make_referral(alice, "dana")
    pay(referral, 10_00)
    return referral


@pytest.mark.parametrize("is_mature", [False, True])
def test_one_reward_is_taken_back_and_the_others_stand(paid, alice, is_mature):
    if is_mature:
        mature_pending(at=MATURED)
    reward = paid.rewards.get(side=Side.REFERRER)

    for _ in range(2):
        cancel_reward(reward, actor="key:x", at=MATURED, reason="a mistake")

    status = "available" if is_mature else "pending"
    assert rewards_of(paid) == [("referrer", 2_50, "reverted"), ("referred", 10_00, status)]
    assert balance(alice.person, "USD")["expense"] == 0
    decision = paid.decisions.get(outcome="cancelled")
    assert (decision.actor, decision.reason) == ("key:x", "a mistake")
    assert check_books(at=MATURED).ok


def test_approving_its_side_does_not_bring_it_back(paid):
    cancel_reward(paid.rewards.get(side=Side.REFERRER), actor="key:x", at=MATURED)

    for verdict in (Moderation.DENIED, Moderation.APPROVED):
        moderate(paid, Side.REFERRER, verdict, actor="key:x", at=MATURED)

    assert rewards_of(paid)[0] == ("referrer", 2_50, "reverted")
    assert check_books(at=MATURED).ok


def test_a_later_payment_earns_again(paid):
    cancel_reward(paid.rewards.get(side=Side.REFERRER), actor="key:x", at=NOON)
    pay(paid, 10_00)

    assert [status for _, _, status in rewards_of(paid)] == ["reverted", "pending", "pending"]


def test_what_is_spent_in_part_cannot_be_cancelled(paid, alice):
    mature_pending(at=MATURED)
    redeem([alice.person], amount=1, currency="USD", key="", actor="key:x", at=MATURED)

    with pytest.raises(NotCancellable):
        cancel_reward(paid.rewards.get(side=Side.REFERRER), actor="key:x", at=MATURED)

    assert rewards_of(paid)[0] == ("referrer", 2_50, "available")
