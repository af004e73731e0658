"""What happened to a referral, from the touch to the last decision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from credits.models import Review
from credits.models.money import display as money
from referrals.admin.wording import actor_name, risk_name
from referrals.models import Action, Attribution, Decision


@dataclass(frozen=True)
class Moment:
    at: datetime
    icon: str
    title: str
    detail: str = ""
    by: str = ""


def tell_story(review: Review) -> list[Moment]:
    """Oldest first. Everything comes from records made at the time; the touch's own row may be long gone."""
    referral = review.referral
    decisions = list(referral.decisions.order_by("id"))
    touch = Attribution.objects.filter(pk=referral.attribution_id).first() if referral.attribution_id else None
    moments = [_tell_touch(touch, referral.code.code)] if touch else []
    moments += [_tell_action(action) for action in referral.actions.order_by("id")]
    moments += [_tell_decision(decision) for decision in decisions]
    return sorted(moments, key=lambda moment: moment.at)


def _tell_touch(touch: Attribution, code: str) -> Moment:
    verb = "Used the coupon" if touch.kind == Attribution.Kind.COUPON else "Clicked the link of"
    sources = [touch.referrer_url, touch.utm_source, touch.utm_campaign, touch.ip_address or ""]
    return Moment(touch.occurred_at, "ads_click", f"{verb} {code}", " · ".join(filter(None, sources)))


def _tell_action(action: Action) -> Moment:
    title = f"Paid {money(action.amount, action.currency)}"
    if action.reversed_amount:
        title += f", of which {money(action.reversed_amount, action.currency)} went back"
    return Moment(action.occurred_at, "receipt_long", title, f"{action.get_kind_display()} {action.key}")


def _tell_decision(decision: Decision) -> Moment:
    icon, title, detail = TELL[decision.kind](decision)
    detail = " · ".join(filter(None, [detail, decision.reason]))
    return Moment(decision.decided_at, icon, title, detail, by=actor_name(decision.actor))


Told = tuple[str, str, str]


def _attribution(decision: Decision) -> Told:
    losers = len(decision.data.get("losers", []))
    lost = f"{losers} other touch{'es' * (losers > 1)} did not win" if losers else ""
    return "person_add", "Signed up", lost


def _qualification(_decision: Decision) -> Told:
    return "verified", "Qualified by the first payment", ""


def _risk(decision: Decision) -> Told:
    fired = [risk_name(rule["code"]) for rule in decision.data.get("rules", []) if rule["outcome"] != "passed"]
    title = "Held for review" if decision.outcome == "held" else "Risk checked, nothing to hold"
    return "shield", f"{title}: score {decision.data.get('score', 0)}", ", ".join(fired)


def _grant(decision: Decision) -> Told:
    granted = [
        f"{money(earning['amount'], earning['currency'])} to the {earning['side']}"
        for earning in decision.data.get("earnings", [])
        if earning["amount"]
    ]
    return "redeem", decision.outcome.capitalize(), ", ".join(granted)


def _review(decision: Decision) -> Told:
    approved = decision.outcome == Review.Status.APPROVED
    return ("task_alt" if approved else "block"), f"Case {decision.outcome}", ""


def _moderation(decision: Decision) -> Told:
    side = {"referrer": "Referrer's", "referred": "Referred person's"}.get(decision.data.get("side", ""), "One")
    return "rule", f"{side} side {decision.outcome.lower()}", ""


def _other(decision: Decision) -> Told:
    return "event", decision.outcome.capitalize(), ""


TELL: dict[str, Callable[[Decision], Told]] = {
    Decision.Kind.ATTRIBUTION: _attribution,
    Decision.Kind.QUALIFICATION: _qualification,
    Decision.Kind.RISK: _risk,
    Decision.Kind.GRANT: _grant,
    Decision.Kind.REVIEW: _review,
    Decision.Kind.MODERATION: _moderation,
    Decision.Kind.EXPIRY: _other,
}
