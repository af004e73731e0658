"""What members read of each state, and what they never do."""

import re
from datetime import timedelta

import pytest

from credits.models import Reward
from payouts.models import Payout
from portal.stories import ENDED, GOOD, WAITS, tell_payout, tell_referral, tell_reward
from referrals.models import Moderation, Person, Program, Referral, Side
from tests.cast import NOON

DAY = timedelta(days=1)
DANA = Person(first_name="Dana", last_name="Ruiz", email="dana@ruiz.example")
TOLD_TO_NOBODY = re.compile(
    r"fraud|risk|suspicio|abuse|same_|shared_ip|velocity|score|stripe|card|Ruiz|ruiz\.example|network|\bIP\b|review",
    re.IGNORECASE,
)


def a_referral(status=Referral.Status.ATTRIBUTED, **fields) -> Referral:
    fields.setdefault("risk_flags", ["same_card_fingerprint", "shared_ip"])
    return Referral(referred=DANA, status=status, attributed_at=NOON, expires_at=NOON + 30 * DAY, **fields)


def a_reward(status=Reward.Status.PENDING, *, referral=None, amount=25_00, **fields) -> Reward:
    program = Program(pk=1, title="Friends of Acme")
    told = {"side": Side.REFERRER, "currency": "USD", "matures_at": NOON + 30 * DAY, "created_at": NOON}
    referral = referral or a_referral(Referral.Status.REWARDED)
    return Reward(status=status, amount=amount, program=program, referral=referral, **{**told, **fields})


S = Referral.Status


@pytest.mark.parametrize(
    ("referral", "label", "tone", "text"),
    [
        (a_referral(), "Signed up", WAITS, "Waiting for a first payment. It counts until 1 Jul 2026."),
        (a_referral(S.QUALIFIED), "Paid", WAITS, "The first payment is in. Your reward follows shortly."),
        (
            a_referral(S.QUALIFIED, referrer_moderation=Moderation.PENDING), "Being checked", WAITS,
            "We look at some referrals by hand before rewarding them. There is nothing you need to do.",
        ),
        (
            a_referral(S.REVIEW_REQUIRED), "Being checked", WAITS,
            "We look at some referrals by hand before rewarding them. There is nothing you need to do.",
        ),
        (
            a_referral(S.FAILED, error="KeyError: 'x'"), "Being checked", WAITS,
            "We look at some referrals by hand before rewarding them. There is nothing you need to do.",
        ),
        (a_referral(S.REJECTED), "Not rewarded", ENDED, "It did not meet the terms of the program."),
        (
            a_referral(S.REWARDED, referrer_moderation=Moderation.DENIED), "Not rewarded", ENDED,
            "It did not meet the terms of the program.",
        ),
        (a_referral(S.EXPIRED), "Ran out", ENDED, "There was no payment by 1 Jul 2026, so this one did not count."),
        (
            a_referral(S.CAPPED), "Over the limit", ENDED,
            "You had reached the number of rewards that the program gives.",
        ),
        (a_referral(S.REWARDED), "Joined", GOOD, "Thank you for bringing them in."),
    ],
)  # fmt: skip
def test_a_referral_without_a_reward_says_why(referral, label, tone, text):
    story = tell_referral(referral, [])

    assert (story.label, story.tone, story.text, story.amount) == (label, tone, text, "")
    assert (story.title, story.subtitle) == ("Dana", "d•••@r•••.example")


R = Reward.Status


@pytest.mark.parametrize(
    ("rewards", "label", "text", "amount"),
    [
        ([a_reward()], "On its way", "Yours on 1 Jul 2026, unless the payment behind it is refunded before.", "$25.00"),
        (
            [a_reward(frozen_at=NOON)], "Being checked",
            "We look at some referrals by hand before rewarding them. There is nothing you need to do.", "$25.00",
        ),
        ([a_reward(R.AVAILABLE)], "Rewarded", "Your reward is in your balance.", "$25.00"),
        ([a_reward(R.PROCESSING)], "Rewarded", "Your reward is in a payout that is on its way.", "$25.00"),
        ([a_reward(R.ISSUED, issued_at=NOON + DAY)], "Rewarded", "Paid out on 2 Jun 2026.", "$25.00"),
        ([a_reward(R.REVERTED)], "Taken back", "The payment behind it was refunded or cancelled.", ""),
        (
            [a_reward(R.ISSUED, issued_at=NOON), a_reward(amount=5_00)], "On its way",
            "Yours on 1 Jul 2026, unless the payment behind it is refunded before.", "$30.00",
        ),
        ([a_reward(R.AVAILABLE, reversed_amount=10_00)], "Rewarded", "Your reward is in your balance.", "$15.00"),
        (
            [a_reward(R.AVAILABLE), a_reward(R.AVAILABLE, currency="EUR")], "Rewarded",
            "Your reward is in your balance.", "$25.00 + €25.00",
        ),
        ([a_reward(R.AVAILABLE), a_reward(R.REVERTED)], "Rewarded", "Your reward is in your balance.", "$25.00"),
    ],
)  # fmt: skip
def test_a_rewarded_referral_says_where_the_reward_is(rewards, label, text, amount):
    story = tell_referral(a_referral(S.REWARDED), rewards)

    assert (story.label, story.text, story.amount) == (label, text, amount)


@pytest.mark.parametrize(
    ("reward", "title", "label", "text"),
    [
        (
            a_reward(), "For inviting Dana", "On its way",
            "Yours on 1 Jul 2026, unless the payment behind it is refunded before.",
        ),
        (
            a_reward(side=Side.REFERRED), "Your welcome reward", "On its way",
            "Yours on 1 Jul 2026, unless the payment behind it is refunded before.",
        ),
        (
            a_reward(referral=a_referral(S.REVIEW_REQUIRED)), "For inviting Dana", "Being checked",
            "We look at some referrals by hand before rewarding them. There is nothing you need to do.",
        ),
        (
            a_reward(R.AVAILABLE, available_at=NOON + DAY, description="Summer bonus"), "Summer bonus",
            "In your balance", "Yours since 2 Jun 2026.",
        ),
        (a_reward(R.PROCESSING), "For inviting Dana", "Being paid", "Part of a payout that is on its way."),
        (a_reward(R.ISSUED, issued_at=NOON + DAY), "For inviting Dana", "Paid", "Paid out on 2 Jun 2026."),
        (
            a_reward(R.REVERTED, reverted_at=NOON + DAY), "For inviting Dana", "Taken back",
            "The payment behind it was refunded or cancelled on 2 Jun 2026.",
        ),
    ],
)  # fmt: skip
def test_a_reward_says_where_it_is(reward, title, label, text):
    story = tell_reward(reward, of_program=1)

    assert (story.title, story.label, story.text) == (title, label, text)
    assert (story.subtitle, story.amount) == ("", "$25.00")


def test_a_reward_of_another_program_says_which():
    assert tell_reward(a_reward(), of_program=2).subtitle == "Friends of Acme"


def test_a_reward_without_a_referral_has_a_name_all_the_same():
    reward = a_reward(R.AVAILABLE, available_at=NOON)
    reward.referral = None

    assert tell_reward(reward, of_program=1).title == "A reward"


def test_a_reward_that_a_refund_made_smaller_says_so():
    story = tell_reward(a_reward(R.AVAILABLE, reversed_amount=10_00), of_program=1)

    assert (story.amount, story.note) == ("$15.00", "It was $25.00; part of the payment was refunded.")


P = Payout.Status


def a_payout(status, **fields) -> Payout:
    from payouts.models import PayoutMethod

    told = {"method": PayoutMethod(name="PayPal"), "destination": "alice@alice.example", "requested_at": NOON}
    return Payout(status=status, amount=40_00, currency="USD", **{**told, **fields})


@pytest.mark.parametrize(
    ("payout", "label", "text"),
    [
        (a_payout(P.PENDING), "Being sent", "It leaves within the hour."),
        (a_payout(P.PROCESSING), "On its way", "Sent. It is yours once it is confirmed."),
        (a_payout(P.COMPLETED, ended_at=NOON + DAY), "Paid", "Arrived on 2 Jun 2026."),
        (a_payout(P.FAILED), "Did not arrive", "The amount is back in your balance, for the next payout."),
        (a_payout(P.CANCELLED), "Cancelled", "The amount is back in your balance, for the next payout."),
        (
            a_payout(P.HELD, holds=["account"], held_until=NOON + DAY), "Being checked",
            "You changed where you are paid, so it leaves on 2 Jun 2026 at the earliest.",
        ),
        (
            a_payout(P.HELD, holds=["review", "account"], held_until=NOON + DAY), "Being checked",
            "We look at some payouts before they leave. There is nothing you need to do.",
        ),
    ],
)  # fmt: skip
def test_a_payout_says_where_it_is(payout, label, text):
    story = tell_payout(payout)

    assert (story.label, story.text) == (label, text)
    assert (story.title, story.subtitle, story.amount) == ("PayPal", "a•••@a•••.example", "$40.00")


def test_a_payout_that_came_back_says_how_much():
    story = tell_payout(a_payout(P.COMPLETED, ended_at=NOON, returned_amount=15_00))

    assert story.note == "$15.00 of it came back to your balance."


def every_story():
    for status in S:
        for moderation in Moderation:
            yield tell_referral(a_referral(status, referrer_moderation=moderation, error="risk"), [])
            for state in R:
                dates = {"reverted_at": NOON, "issued_at": NOON, "available_at": NOON}
                reward = a_reward(state, referral=a_referral(status), **dates)
                yield tell_reward(reward, of_program=1)
                yield tell_referral(a_referral(status, referrer_moderation=moderation), [reward])
    for state in P:
        for hold in Payout.Hold:
            yield tell_payout(a_payout(state, holds=[hold], error="stripe: card_declined", ended_at=NOON))


def test_no_story_tells_how_anything_was_found_out():
    stories = list(every_story())

    assert len(stories) > 200
    for story in stories:
        words = f"{story.title} {story.subtitle} {story.label} {story.text} {story.note}"
        assert TOLD_TO_NOBODY.search(words) is None, words
