"""Nothing changes in silence: whatever changes a state of anything in the domain tells of it by an event."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from events.models import Event
from tests.flows.story import begin
from tests.flows.test_one_truth import STORIES

DOMAIN = ("tenants", "events", "referrals", "credits", "payouts")
STATES = {
    "status", "referrer_moderation", "referred_moderation", "is_active", "disabled_at", "blocked_at", "removed_at",
    "frozen_at", "cancelled_at", "retired_at", "amount", "reversed_amount", "redeemed_amount", "returned_amount",
    "qualified_at", "rewarded_at", "matures_at", "expires_at",
}  # fmt: skip
# Rows of no identity of their own; what becomes of them is told as an event of what they belong to, or is no state of
# the domain but of work under way.
OF_OTHERS = {
    "Account", "Action", "ApiKey", "AppliedCoupon", "Attribution", "Code", "Delivery", "Domain", "Invite",
    "LedgerEntry", "Mail", "Payment", "PayoutAttempt", "PayoutItem", "ReferralDetails", "Reversal", "StoredAnswer",
    "StripeEvent", "Subscription", "Tenant", "TouchCount", "TouchDelta", "WebhookEndpoint",
}  # fmt: skip


def models_with_states() -> dict[type[Model], list[str]]:
    found = {}
    for app in DOMAIN:
        for model in apps.get_app_config(app).get_models():
            names = {field.name for field in model._meta.concrete_fields}
            if names & STATES and "History" not in model.__name__ and model.__name__ not in OF_OTHERS:
                assert "uid" in names, f"{model.__name__} has a state, but nothing by which an event could name it"
                found[model] = sorted(names & STATES)
    return found


def states() -> dict[Any, tuple[Any, ...]]:
    """What everything is like, by its uid."""
    return {
        uid: values
        for model, names in models_with_states().items()
        for uid, *values in model.objects.values_list("uid", *names)
    }


def test_the_domain_has_states_to_look_at():
    assert {model.__name__ for model in models_with_states()} >= {
        "Member", "Payout", "PayoutMethod", "Person", "Program", "Referral", "Review", "Reward", "RewardRule",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", STORIES)
def test_every_change_of_a_story_is_told(name):
    story = begin()
    before, seen = states(), Event.objects.count()
    for step, _ in STORIES[name]:
        story.take(step)
        after = states()
        changed = {uid for uid, values in after.items() if before.get(uid) != values}
        told = set(Event.objects.order_by("pk").values_list("subject", flat=True)[seen:])
        if step not in {"drop_rules", "cap"}:  # these two are the test's own hand in the database
            assert changed <= told, f"{step} changed {len(changed - told)} things in silence"
        before, seen = after, Event.objects.count()
