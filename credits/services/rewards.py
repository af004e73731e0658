"""The one entry for whatever a referred person paid."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from credits.errors import InvalidAmount
from credits.models import Review
from credits.models.money import MAX_AMOUNT, validate_currency
from credits.services.grants import grant_due, settle
from credits.services.review import hold_for_review, refresh_amount_at_risk
from referrals.models import Action, Decision, Moderation, Referral, Side
from referrals.services.decisions import record_decision
from referrals.services.qualification import qualify, record_action
from referrals.services.risk import Assessment, assess
from referrals.services.status import lock_referral, update_referral

MANUAL = "manual_moderation"
THRESHOLD = "score_threshold"  # the program asks for review at a score that no rule was needed to reach


@transaction.atomic
def reward_action(
    referral: Referral,
    *,
    kind: str,
    key: str,
    amount: int,
    currency: str,
    occurred_at: datetime,
    at: datetime,
    stripe_event: str = "",
) -> Action:
    """Record a paid action, qualify its referral, judge its risk, and grant what it earns or hold it for a person.

    `amount` is the base of percentages, in minor units of `currency`, and `key` the action's natural key, such as the
    invoice id: the same key again returns the first action and earns nothing more. An approval may be of no amount at
    all: then it earns what is fixed. Raises InvalidAmount.
    """
    check_amount(amount, currency, least=0 if kind == Action.Kind.APPROVAL else 1)
    referral = lock_referral(referral.pk)
    action, is_new = record_action(
        referral,
        kind=kind,
        key=key,
        amount=amount,
        currency=currency,
        occurred_at=occurred_at,
        at=at,
        stripe_event=stripe_event,
    )
    if is_new and qualify(referral, action, at=at):
        judge(referral, action, at=at)
    return action


def judge(referral: Referral, action: Action, *, at: datetime) -> None:
    """Grant a locked, qualified referral what a new action earns, or open or extend its review."""
    assessment = assess(referral, at=at)
    _record_assessment(referral, assessment, at=at)
    review = Review.objects.open().filter(referral=referral).first()
    reasons = _reasons_to_hold(referral, assessment)
    if review:
        refresh_amount_at_risk(review)
    elif reasons:
        hold_for_review(referral, action=action, assessment=assessment, reasons=reasons, at=at)
    grant_due(referral, at=at)


@transaction.atomic
def reassess(referral: Referral, *, at: datetime) -> None:
    """Judge the risk of a qualified referral again, now that a mark of one of its people is known.

    What is new holds it: a review is opened and none of its rewards matures until a person has decided.
    """
    referral = lock_referral(referral.pk)
    last = referral.actions.order_by("-pk").first()
    if referral.qualified_at is None or last is None or Review.objects.open().filter(referral=referral).exists():
        return
    assessment = assess(referral, at=at)
    if assessment.new_codes:
        _record_assessment(referral, assessment, at=at)
    reasons = _reasons_to_hold(referral, assessment)
    if reasons and assessment.held:
        hold_for_review(referral, action=last, assessment=assessment, reasons=reasons, at=at)
        settle(referral, at=at)


def _is_undecided(referral: Referral) -> bool:
    return any(referral.moderation(side) != Moderation.DENIED for side in Side)


def _reasons_to_hold(referral: Referral, assessment: Assessment) -> list[str]:
    """Why a person must look: risk that nobody has decided about yet, or a side that starts out pending."""
    if not _is_undecided(referral):
        return []
    if assessment.held and (_says_something_new(assessment) or not referral.reviews.exists()):
        return [result.code for result in (*assessment.fired, *assessment.errored)] or [THRESHOLD]
    return [MANUAL] if referral.sides_pending else []


def _says_something_new(assessment: Assessment) -> bool:
    """Whether a rule speaks up that no reviewer has heard yet; one that only corroborates others says nothing new."""
    spoken = (*assessment.fired, *assessment.errored)
    return any(result.code in assessment.new_codes and not result.rule.corroborating for result in spoken)


def _record_assessment(referral: Referral, assessment: Assessment, *, at: datetime) -> None:
    outcome = "held" if assessment.held else "passed"
    record_decision(referral, Decision.Kind.RISK, outcome, at=at, **assessment.as_data())
    flags = sorted({*referral.risk_flags, *(result.code for result in assessment.fired)})
    if flags != referral.risk_flags:
        update_referral(referral, at=at, risk_flags=flags)


def check_amount(amount: int, currency: str, *, least: int = 1) -> None:
    """Raises InvalidAmount for what cannot be an amount, and for what is no currency."""
    if not least <= amount <= MAX_AMOUNT:
        raise InvalidAmount
    try:
        validate_currency(currency)
    except ValidationError as error:
        raise InvalidAmount(str(error.message), field="currency") from error
