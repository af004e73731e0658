"""What became of each referral, reward and payout, in words for the member.

They never learn which rule held something up, nor more of anybody than `friend_name` and `mask_email` let through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from credits.models import Reward
from payouts.models import Payout
from portal.wording import day, friend_name, mask_email, money
from referrals.models import Moderation, Referral, ReferralDetails, Side

GOOD, WAITS, ENDED = "good", "waits", "ended"
R, W, P = Referral.Status, Reward.Status, Payout.Status
CHECKED = ("Being checked", "We look at some referrals by hand before rewarding them. There is nothing you need to do.")


@dataclass(frozen=True)
class Story:
    """One line of a list. `on` is when it began; `amount` is "" where there is none to tell."""

    title: str
    label: str
    tone: str
    text: str
    on: datetime
    amount: str = ""
    subtitle: str = ""
    note: str = ""


def tell_referral(referral: Referral, rewards: Iterable[Reward]) -> Story:
    """`rewards` are what the member got for it, their own side alone."""
    standing = [reward for reward in rewards if reward.status != W.REVERTED]
    label, tone, text = _judge_referral(referral, list(rewards), standing)
    return Story(
        title=friend_name(referral.referred),
        subtitle=mask_email(referral.referred.email),
        label=label,
        tone=tone,
        text=text,
        on=referral.attributed_at,
        amount=_sum(standing),
        note=_public_note(referral),
    )


def _public_note(referral: Referral) -> str:
    """What the tenant wrote about it for the referrer to read. Its own notes stay its own."""
    details: ReferralDetails | None = getattr(referral, "details", None)
    return details.public_note if details else ""


def _judge_referral(referral: Referral, rewards: list[Reward], standing: list[Reward]) -> tuple[str, str, str]:
    if standing:
        return _follow(standing)
    if referral.status == R.REJECTED or referral.referrer_moderation == Moderation.DENIED:
        return "Not rewarded", ENDED, "It did not meet the terms of the program."
    if rewards:
        return "Taken back", ENDED, "The payment behind it was refunded or cancelled."
    if referral.status in (R.REVIEW_REQUIRED, R.FAILED) or _awaits_approval(referral):
        return CHECKED[0], WAITS, CHECKED[1]
    label, tone, text = WITHOUT_REWARD[R(referral.status)]
    return label, tone, text.format(expiry=day(referral.expires_at))


WITHOUT_REWARD: dict[str, tuple[str, str, str]] = {
    R.ATTRIBUTED: ("Signed up", WAITS, "Waiting for a first payment. It counts until {expiry}."),
    R.QUALIFIED: ("Paid", WAITS, "The first payment is in. Your reward follows shortly."),
    R.REWARDED: ("Joined", GOOD, "Thank you for bringing them in."),
    R.EXPIRED: ("Ran out", ENDED, "There was no payment by {expiry}, so this one did not count."),
    R.CAPPED: ("Over the limit", ENDED, "You had reached the number of rewards that the program gives."),
}


def _awaits_approval(referral: Referral) -> bool:
    return referral.status in (R.QUALIFIED, R.REWARDED) and referral.referrer_moderation == Moderation.PENDING


def _follow(standing: list[Reward]) -> tuple[str, str, str]:
    """Where the reward is that has the longest way to go."""
    states = [reward.status for reward in standing]
    if W.PENDING in states:
        waiting = [reward for reward in standing if reward.status == W.PENDING]
        label, text = _describe_wait(max(waiting, key=lambda reward: reward.matures_at))
        return label, WAITS, text
    if W.AVAILABLE in states:
        return "Rewarded", GOOD, "Your reward is in your balance."
    if W.PROCESSING in states:
        return "Rewarded", GOOD, "Your reward is in a payout that is on its way."
    return "Rewarded", GOOD, f"Paid out on {day(max(reward.issued_at or reward.created_at for reward in standing))}."


def tell_reward(reward: Reward, *, of_program: int) -> Story:
    """One of another program than the one whose pages these are says which."""
    label, tone, text = _judge_reward(reward)
    return Story(
        title=_title(reward),
        subtitle="" if reward.program_id == of_program else str(reward.program),
        label=label,
        tone=tone,
        text=text,
        on=reward.created_at,
        amount=money(_worth(reward), reward.currency),
        note=_describe_reduction(reward),
    )


def _title(reward: Reward) -> str:
    if reward.description:
        return reward.description
    if reward.referral is None:
        return "A reward"
    if reward.side == Side.REFERRED:
        return "Your welcome reward"
    return f"For inviting {friend_name(reward.referral.referred)}"


def _judge_reward(reward: Reward) -> tuple[str, str, str]:
    if reward.status == W.PENDING:
        label, text = _describe_wait(reward)
        return label, WAITS, text
    if reward.status == W.REVERTED:
        return "Taken back", ENDED, f"The payment behind it was refunded or cancelled on {day(reward.reverted_at)}."
    if reward.status == W.AVAILABLE:
        return "In your balance", GOOD, f"Yours since {day(reward.available_at or reward.matures_at)}."
    if reward.status == W.PROCESSING:
        return "Being paid", GOOD, "Part of a payout that is on its way."
    return "Paid", GOOD, f"Paid out on {day(reward.issued_at or reward.created_at)}."


def _describe_wait(reward: Reward) -> tuple[str, str]:
    """While a payment is disputed or a case is open nothing matures, so no day is promised."""
    if reward.frozen_at or (reward.referral and reward.referral.status == R.REVIEW_REQUIRED):
        return CHECKED
    return "On its way", f"Yours on {day(reward.matures_at)}, unless the payment behind it is refunded before."


def _describe_reduction(reward: Reward) -> str:
    if not 0 < reward.reversed_amount < reward.amount:
        return ""
    return f"It was {money(reward.amount, reward.currency)}; part of the payment was refunded."


def tell_payout(payout: Payout) -> Story:
    label, tone, text = _judge_payout(payout)
    returned = payout.returned_amount
    return Story(
        title=payout.method.name,
        subtitle=mask_email(payout.destination),
        label=label,
        tone=tone,
        text=text,
        on=payout.requested_at,
        amount=money(payout.amount, payout.currency),
        note=f"{money(returned, payout.currency)} of it came back to your balance." if returned else "",
    )


def _judge_payout(payout: Payout) -> tuple[str, str, str]:
    if payout.status == P.HELD:
        return "Being checked", WAITS, _describe_hold(payout)
    if payout.status == P.COMPLETED:
        return "Paid", GOOD, f"Arrived on {day(payout.ended_at)}."
    return OF_PAYOUTS[P(payout.status)]


OF_PAYOUTS: dict[str, tuple[str, str, str]] = {
    P.PENDING: ("Being sent", WAITS, "It leaves within the hour."),
    P.PROCESSING: ("On its way", WAITS, "Sent. It is yours once it is confirmed."),
    P.FAILED: ("Did not arrive", ENDED, "The amount is back in your balance, for the next payout."),
    P.CANCELLED: ("Cancelled", ENDED, "The amount is back in your balance, for the next payout."),
}


def _describe_hold(payout: Payout) -> str:
    if payout.holds == [Payout.Hold.ACCOUNT] and payout.held_until:
        return f"You changed where you are paid, so it leaves on {day(payout.held_until)} at the earliest."
    return "We look at some payouts before they leave. There is nothing you need to do."


def _worth(reward: Reward) -> int:
    """What refunds left of it; of one that was taken back, what it had been."""
    return reward.amount if reward.status == W.REVERTED else reward.amount - reward.reversed_amount


def _sum(rewards: list[Reward]) -> str:
    sums: dict[str, int] = {}
    for reward in rewards:
        sums[reward.currency] = sums.get(reward.currency, 0) + _worth(reward)
    return " + ".join(money(amount, currency) for currency, amount in sums.items())
