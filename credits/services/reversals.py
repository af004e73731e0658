"""What went back of a payment, and what of its rewards goes back with it, in whatever order it is told."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from credits.models import Payment, Reversal, Review
from credits.models.money import portion
from credits.services.grants import settle
from credits.services.review import refresh_amount_at_risk
from credits.services.standing import settle_rewards
from events.services.events import record_event
from referrals.models import Action, Referral
from referrals.services.status import lock_referral

Kind, State = Reversal.Kind, Reversal.State
HEARSAY = datetime(1970, 1, 1, tzinfo=UTC)  # when something was told that another object only mentions


def link_action(payment: Payment, action: Action, *, paid_amount: int, at: datetime) -> None:
    """A locked payment turns out to be what an action was about: what went back of it goes back of its rewards.

    `paid_amount` is what was charged, tax included, in minor units of the action's currency.
    """
    if payment.action_id is None:
        payment.action, payment.paid_amount = action, paid_amount
        payment.save(update_fields=["action", "paid_amount"])
        settle_payment(payment, cause="payment", at=at)


def record_reversal(
    payment: Payment, *, key: str, kind: str, state: int, amount: int, told_at: datetime, at: datetime, charge: str = ""
) -> Reversal:
    """Note one telling of a reversal of a locked payment, and let its rewards follow; see `note_reversal`."""
    told: dict[str, Any] = {"state": state, "amount": amount, "told_at": told_at}
    reversal, is_news = note_reversal(payment, key=key, kind=kind, charge=charge, at=at, **told)
    if is_news:
        settle_payment(payment, cause=f"{kind}:{key}", at=at)
    return reversal


def note_reversal(
    payment: Payment, *, key: str, kind: str, state: int, amount: int, told_at: datetime, at: datetime, charge: str = ""
) -> tuple[Reversal, bool]:
    """Note one telling of a reversal of a locked payment, and tell whether it is news: then settle the payment.

    `amount` is in minor units of the payment, tax included. A telling that is behind what is known changes nothing, and
    neither does hearsay, told at `HEARSAY`, once the reversal was told of at first hand.
    """
    told: dict[str, Any] = {"state": state, "amount": amount, "told_at": told_at}
    first = {**told, "charge": charge, "payment": payment, "created_at": at}
    named = {"tenant_id": payment.tenant_id, "key": key, "kind": kind}
    reversal, is_new = Reversal.objects.get_or_create(**named, defaults=first)
    return reversal, is_new or _update(reversal, told, charge=charge)


def _update(reversal: Reversal, told: dict[str, Any], *, charge: str) -> bool:
    """Of two tellings the one that is further along is kept, whichever came first; a charge once named stays."""
    news = told if _rank(**told) > _rank(reversal.state, reversal.amount, reversal.told_at) else {}
    if charge > reversal.charge:
        news = {**news, "charge": charge}
    for name, value in news.items():
        setattr(reversal, name, value)
    if news:
        reversal.save(update_fields=list(news))
    return bool(news)


def _rank(state: int, amount: int, told_at: datetime) -> tuple[bool, int, datetime, int]:
    return told_at > HEARSAY, state, told_at, amount


def settle_payment(payment: Payment, *, cause: str, at: datetime) -> None:
    """Add up what went back of a locked payment, and bring its rewards, its action and its referral in line.

    All of it follows from the reversals known, not from the order in which they were told; safe to repeat.
    """
    reversals = list(payment.reversals.order_by("id"))
    disputed = any(reversal.kind == Kind.DISPUTE and reversal.state == State.OPEN for reversal in reversals)
    payment.disputed_at = (payment.disputed_at or at) if disputed else None
    if payment.paid_amount is not None:
        payment.returned_amount = add_up(reversals, paid=payment.paid_amount)
    payment.save(update_fields=["disputed_at", "returned_amount"])
    if payment.action_id is not None:
        _settle_action(payment, cause=cause, at=at)


def add_up(reversals: list[Reversal], *, paid: int) -> int:
    """What went back of a payment, never more than the whole."""
    standing = [reversal for reversal in reversals if reversal.state == State.STANDS]
    if any(reversal.kind == Kind.VOID for reversal in standing):
        return paid
    others = sum(reversal.amount for reversal in standing if reversal.kind in (Kind.CREDIT_NOTE, Kind.DISPUTE))
    return min(paid, others + _add_up_refunds(reversals))


def _add_up_refunds(reversals: list[Reversal]) -> int:
    """The refunds that stand; and of the sum that is told of a charge's refunds whatever none of them accounts for.

    That sum may be from before one of them failed or after, so it is taken for the least it can mean. A refund whose
    charge is not known may be part of any charge's sum.
    """
    refunds = [reversal for reversal in reversals if reversal.kind == Kind.REFUND]
    standing = _by_charge(refund for refund in refunds if refund.state == State.STANDS)
    all_told = _by_charge(refunds)
    sums = _by_charge(reversal for reversal in reversals if reversal.kind == Kind.REFUNDS)
    unaccounted = sum(max(0, amount - all_told[charge]) for charge, amount in sums.items())
    return standing.total() - standing[""] + max(standing[""], unaccounted)


def _by_charge(reversals: Iterable[Reversal]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for reversal in reversals:
        sums[reversal.charge] += reversal.amount
    return sums


def _settle_action(payment: Payment, *, cause: str, at: datetime) -> None:
    assert payment.action
    action = payment.action
    referral = lock_referral(action.referral_id)
    _note_on_action(payment, action, referral, cause=cause, at=at)
    settle_rewards(referral, payment, cause=cause, at=at)
    review = Review.objects.open().select_for_update().filter(referral=referral).first()
    if review:
        refresh_amount_at_risk(review)
    settle(referral, at=at)


def _note_on_action(payment: Payment, action: Action, referral: Referral, *, cause: str, at: datetime) -> None:
    """How much of what counted as paid went back with the payment."""
    assert payment.paid_amount is not None
    before, after = action.reversed_amount, portion(action.amount, payment.returned_amount, payment.paid_amount)
    if before == after:
        return
    action.reversed_amount = after
    action.save(update_fields=["reversed_amount"])
    states = {"before": {"reversed_amount": before}, "after": {"reversed_amount": after}}
    data: dict[str, Any] = {"action": action.key, "amount": action.amount, "currency": action.currency, "cause": cause}
    record_event(referral.tenant, "action.reversed", subject=referral.uid, at=at, **data, **states)
