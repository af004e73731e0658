"""Crawlora's objects (contracts/crawlora.md, section 1). A field that has nothing to say is left out."""

from datetime import UTC, datetime
from typing import Any

from api.crawlora.gather import Case, OwnReferral
from api.crawlora.words import MEMBER_STATUSES
from credits.models import Review, Reward
from referrals.models import Code, Program, Referral, Side


def show_case(case: Case) -> dict[str, Any]:
    return {
        "attribution": show_attribution(case),
        "rewards": [show_reward(reward, case.referral) for reward in case.rewards],
    }


def show_attribution(case: Case) -> dict[str, Any]:
    """An attribution of Crawlora's is our referral: a signed-up person and whom they came by."""
    referral, verdict = case.referral, case.verdict
    return _without_blanks(
        {
            "id": str(referral.uid),
            "code": referral.code.code,
            "click_id": case.click_id,
            "landing_path": referral.landing_path,
            "referrer_user_id": referral.referrer.person.public_id,
            "referred_user_id": referral.referred.public_id,
            "status": referral.status,
            "created_at": show_time(referral.attributed_at),
            "expires_at": show_time(referral.expires_at),
            "qualified_at": show_time(referral.qualified_at),
            "rewarded_at": show_time(referral.rewarded_at),
            "reviewed_at": show_time(verdict.decided_at if verdict else None),
            "reviewed_by": verdict.actor if verdict else "",
            "review_reason": _review_reason(case),
            "risk_flags": referral.risk_flags,
            "skip_reason": referral.skip_reason,
            "error": first_line(referral.error),
            "first_paid_invoice_id": case.invoice,
            "stripe_invoice_id": case.invoice,
            "stripe_event_id": case.stripe_event,
            "utm_source": referral.utm_source,
            "utm_medium": referral.utm_medium,
            "utm_campaign": referral.utm_campaign,
        }
    )


def show_reward(reward: Reward, referral: Referral) -> dict[str, Any]:
    """A reward exists once its grant is in the ledger, which makes its own id the key of the grant."""
    paid = reward.action.key if reward.action else ""
    return _without_blanks(
        {
            "id": str(reward.uid),
            "attribution_id": str(referral.uid),
            "user_id": reward.person.public_id,
            "role": reward.side,
            "credits": reward.amount,
            "stripe_invoice_id": paid if paid.startswith("in_") else "",
            "created_at": show_time(reward.created_at),
            "credits_grant_key": str(reward.uid),
            "credits_granted_at": show_time(reward.created_at),
        }
    )


def show_own(own: OwnReferral) -> dict[str, Any]:
    """Nothing of the other person, and nothing of what was suspected."""
    referral = own.referral
    return _without_blanks(
        {
            "id": str(referral.uid),
            "code": referral.code.code,
            "role": own.role,
            "status": referral.status,
            "campaign": referral.utm_campaign,
            "reward_credits": own.credits,
            "created_at": show_time(referral.attributed_at),
            "expires_at": show_time(referral.expires_at),
            "qualified_at": show_time(referral.qualified_at),
            "rewarded_at": show_time(referral.rewarded_at),
        }
    )


def show_summary(
    program: Program, code: Code, *, offers: dict[str, int], statuses: dict[str, int], items: list[OwnReferral]
) -> dict[str, Any]:
    return {
        "code": code.code,
        "share_path": f"/r/{code.code}",
        "reward_credits": offers[Side.REFERRER],
        "referred_reward_credits": offers[Side.REFERRED],
        "attribution_window_days": program.attribution_window_days,
        "monthly_referrer_reward_cap": program.monthly_cap or 0,
        "stats": {word: statuses.get(status, 0) for status, word in MEMBER_STATUSES.items()},
        "items": [show_own(own) for own in items],
    }


def first_line(error: str) -> str:
    """What went wrong, without where in our house."""
    return error.partition("\n")[0]


def _review_reason(case: Case) -> str:
    """Why it waits, or why it was decided as it was; a decision without a reason leaves the one it was held for."""
    held_for = ", ".join(case.review.reasons) if case.review else ""
    if case.review and case.review.status == Review.Status.OPEN:
        return held_for
    return (case.verdict.reason if case.verdict else "") or held_for


def _without_blanks(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], 0)}


def show_time(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC, in whole seconds: 2026-05-01T08:00:00Z."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
