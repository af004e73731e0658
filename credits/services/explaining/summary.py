"""One or two plain sentences: where something stands, and what it waits for."""

from credits.models import Reward
from credits.models.money import display
from credits.services.caps import CAPPED
from credits.services.explaining.audience import Audience, day, first_name, instant
from credits.services.explaining.checks import failed_codes
from credits.services.explaining.decisions import plain_reason
from credits.services.explaining.dossier import Dossier
from credits.services.explaining.earnings import worth
from credits.services.explaining.maturation import MEMBER_SAYS as WAITS
from credits.services.explaining.maturation import guards_of, matures_on
from referrals.models import Moderation, Referral, Side

S = Referral.Status
R = Reward.Status


def sum_up_referral(dossier: Dossier, audience: Audience, side: str, rewards: list[Reward]) -> str:
    if audience == Audience.MEMBER:
        return f"{_how_they_came(dossier, side)} {_where_it_stands(dossier, side, rewards)}"
    return f"{_history(dossier)} {_state(dossier)}"


def sum_up_reward(dossier: Dossier, audience: Audience, reward: Reward) -> str:
    if audience == Audience.MEMBER:
        return _own_reward(dossier, reward)
    amount = display(reward.amount, reward.currency)
    how = f"given by hand by {reward.granted_by}" if reward.rule_id is None else f"earned by the {reward.side}"
    return f"{amount} {how} on {day(reward.created_at)}. {_reward_stands(dossier, reward)}"


def _how_they_came(dossier: Dossier, side: str) -> str:
    referral = dossier.referral
    if side == Side.REFERRER:
        return f"{first_name(referral.referred) or 'Somebody'} came through you on {day(referral.attributed_at)}."
    name = first_name(referral.referrer.person)
    return f"You were referred by {name or 'somebody'} on {day(referral.attributed_at)}."


def _where_it_stands(dossier: Dossier, side: str, rewards: list[Reward]) -> str:
    """For one of the two people, in words that tell nothing of the other."""
    standing = [reward for reward in rewards if reward.stands_at]
    if dossier.open_review or dossier.referral.status == S.REVIEW_REQUIRED:
        also = f" So far it brought you {worth(standing)}." if standing else ""
        return f"It is being checked; there is nothing for you to do.{also}"
    if standing:
        return f"It brought you {worth(standing)}. {' '.join(_own_reward(dossier, each) for each in standing[:1])}"
    if side == Side.REFERRER and dossier.referral.skip_reason == CAPPED:
        return "You have reached the number of referrals that the program rewards, so this one brings you nothing."
    return _without_reward(dossier, rewards)


def _without_reward(dossier: Dossier, rewards: list[Reward]) -> str:
    referral = dossier.referral
    says = {
        S.ATTRIBUTED: f"It waits for a first payment until {day(referral.expires_at)}.",
        S.EXPIRED: "It has ended: there was no payment in time.",
        S.REJECTED: "It was not approved, so it brings you nothing.",
        S.FAILED: "Something went wrong on our side; we are putting it right.",
    }
    counts = "What it had brought you was taken back." if rewards else "It counts, and so far it brings you nothing."
    return says.get(referral.status, counts)


def _own_reward(dossier: Dossier, reward: Reward) -> str:
    amount = display(reward.stands_at or reward.amount, reward.currency)
    says = {
        R.AVAILABLE: f"{amount} is available to you.",
        R.PROCESSING: f"{amount} is being paid out to you.",
        R.ISSUED: f"{amount} was paid out to you.",
        R.REVERTED: f"{amount} was taken back.",
    }
    if reward.status != R.PENDING:
        return says[R(reward.status)]
    guards = guards_of(dossier, reward)
    instant = matures_on(guards, at=dossier.at)
    if instant is None:
        waits = [WAITS[guard.name] for guard in guards if guard.holds and guard.name in WAITS]
        return f"{amount} waits: {waits[0]}."
    return f"{amount} becomes available on {day(instant)}."


def _history(dossier: Dossier) -> str:
    referral = dossier.referral
    came = f"Attributed on {day(referral.attributed_at)} by the code {referral.code.code}"
    if referral.qualified_at is None:
        return f"{came}."
    return f"{came} and qualified on {day(referral.qualified_at)}."


def _state(dossier: Dossier) -> str:
    """The state, with what brought it about or what it waits for."""
    referral, review = dossier.referral, dossier.open_review
    if referral.removed_at is not None:
        return f"It was removed on {day(referral.removed_at)}."
    if review is not None:
        return f"It waits for a person since {day(review.opened_at)}: {', '.join(review.reasons)}."
    says = {
        S.ATTRIBUTED: f"It waits for a payment until {day(referral.expires_at)}.",
        S.EXPIRED: f"It expired: no payment before {day(referral.expires_at)}.",
        S.REJECTED: f"It is rejected: {_denial(dossier)}.",
        S.REVIEW_REQUIRED: f"It waits for approval of the {' and the '.join(referral.sides_pending)}.",
        S.CAPPED: "The referrer's cap is reached, so that the referrer earns nothing.",
        S.FAILED: f"Its grant failed ({plain_reason('failed', referral.error)}) and waits to be tried again.",
        S.QUALIFIED: "It earned nothing.",
        S.REWARDED: _rewarded(dossier),
    }
    return says[S(referral.status)]


def _denial(dossier: Dossier) -> str:
    denied = [each for each in dossier.decisions if each.outcome == Moderation.DENIED]
    if not denied:
        return "both sides were denied"
    last = denied[-1]
    return f"{last.reason or 'without a reason'}, by {last.actor} on {day(last.decided_at)}"


def _rewarded(dossier: Dossier) -> str:
    standing = [reward for reward in dossier.rewards if reward.stands_at]
    told = [f"{display(each.stands_at, each.currency)} for the {each.side} ({each.status})" for each in standing]
    error = ", and a later grant failed" if dossier.referral.error else ""
    flagged = failed_codes(dossier)
    about = f"; last assessed with {', '.join(flagged)}" if flagged else ""
    return f"Granted: {', '.join(told) or 'nothing that still stands'}{error}{about}."


def _reward_stands(dossier: Dossier, reward: Reward) -> str:
    if reward.status != R.PENDING:
        return f"It is {reward.status}."
    guards = guards_of(dossier, reward)
    when = matures_on(guards, at=dossier.at)
    if when is not None:
        return f"It is pending and matures at {instant(when)} if nothing else changes."
    return f"It is pending and waits: {', '.join(guard.says for guard in guards if guard.holds)}."
