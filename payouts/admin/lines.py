"""A line of somebody's book in plain words."""

from uuid import UUID

from credits.models import EntryKind, LedgerEntry, Reversal, Reward
from credits.models.money import display as money
from payouts.models import Payout
from referrals.models import Side

K, R = EntryKind, Reversal.Kind
CAUSES = {
    R.REFUND: "refund {}",
    R.REFUNDS: "refunds of charge {}",
    R.CREDIT_NOTE: "credit note {}",
    R.DISPUTE: "dispute {}",
    R.VOID: "its invoice was voided",
    "denied": "the referral was denied",
    "approved": "the referral was approved",
    "payout failed": "the payout it was in failed",
    "payout cancelled": "the payout it was in was cancelled",
    "payment": "what is known of its payment",
    "merge": "what is known of its payment",
    "grant": "what went back before it was granted",
    "changed": "its amount was changed",
}
OF_A_REWARD = {
    K.GRANT: "Earned {reward}",
    K.MATURE: "Hold passed of the reward {reward}",
    K.REVERT: "Taken back, {cause}: the reward {reward}",
    K.RESTORE: "Given back, {cause}: the reward {reward}",
    K.CLAWBACK: "Owed, {cause}: the reward {reward} had been paid out",
    K.REINSTATE: "No longer owed, {cause}: the reward {reward}",
    K.REDEEM: "Spent by themselves: the reward {reward}",
}
OF_A_PAYOUT = {
    K.RESERVE: "Set aside to be paid out {to}",
    K.RELEASE: "Not paid out {to}: available again",
    K.PAY: "Paid out {to}",
    K.RETURN: "Came back after it was paid out {to}",
}


def describe_entry(entry: LedgerEntry, payouts: dict[UUID, Payout]) -> str:
    """What an entry was, given the payouts by their public ids. Needs `reward__referral__referred` and its action."""
    kind = EntryKind(entry.kind)
    if entry.reward is not None and kind in OF_A_REWARD:
        return OF_A_REWARD[kind].format(reward=describe_reward(entry.reward), cause=describe_cause(entry.key))
    payout = payouts.get(entry.payout) if entry.payout else None
    return OF_A_PAYOUT[kind].format(to=describe_way(payout) if payout else "").replace("  ", " ").strip()


def describe_reward(reward: Reward) -> str:
    """For whom, and of which payment."""
    if reward.action is None or reward.referral is None:
        return f"given by hand: {reward.description}" if reward.description else "given by hand"
    if reward.side != Side.REFERRER:
        return f"for having signed up and paid {describe_payment(reward)}"
    return f"for referring {reward.referral.referred.display_name}, who paid {describe_payment(reward)}"


def describe_payment(reward: Reward) -> str:
    action = reward.action
    return f"{money(action.amount, action.currency)} ({action.key})" if action else "nothing"


def describe_way(payout: Payout) -> str:
    return f"to {payout.destination} ({payout.method.name})" if payout.destination else f"({payout.method.name})"


def describe_cause(key: str) -> str:
    """The key of a reward's entry ends with what made the difference, such as `refund:re_1`."""
    cause = ":".join(key.split(":")[3:])
    what, _, name = cause.partition(":")
    return CAUSES.get(what, what or "a correction").format(name)
