"""The history of Acme, played on a small scale."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q

from config.demo.seed.play import count_history, find_acme, seed
from config.demo.seed.world import Scale
from credits.models import Review, Reward
from credits.services.books import check_books
from payouts.models import StripeEvent
from referrals.models import Action, Attribution, Member, Referral
from tenants.models import Tenant

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
SMALL = Scale(friends=20, partners=6, japan=6, clicks=80, sign_ups=20, suspects=14, crowds=1, queue=6)
REASONS = {
    "disposable_domain", "existing_customer", "referrer_velocity", "same_card_fingerprint", "same_mailbox",
    "same_stripe_customer", "shared_ip", "similar_name",
}  # fmt: skip


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture
def acme(db, told):
    return seed(
        secret="whsec_demo", at=NOW, scale=SMALL, report=lambda share, words: told.append((share, words))
    ).tenant


def test_seed_plays_a_history_in_which_everything_occurs(acme, told):
    rewards, reviews = Reward.objects.for_tenant(acme), Review.objects.for_tenant(acme)
    events, touches = StripeEvent.objects.all(), Attribution.objects.for_tenant(acme)

    assert find_acme() == acme
    assert check_books(at=NOW).differences == []
    assert statuses(Referral.objects.for_tenant(acme)) == set(Referral.Status) - {Referral.Status.FAILED}
    assert statuses(rewards) == {"pending", "available", "reverted"}
    assert set(rewards.values_list("currency", "mode")) == {("USD", "credits"), ("EUR", "payout"), ("JPY", "credits")}
    assert statuses(reviews) == {"open", "approved", "rejected"}
    assert reviews.open().count() == 6
    assert reviews.open().filter(claimed_until__gt=NOW).count() == 2
    assert {code for review in reviews for code in review.reasons} == REASONS
    assert set(touches.values_list("verdict", flat=True)) == {"valid", "bot", "prefetch"}
    assert set(touches.values_list("kind", flat=True)) == {"click", "coupon"}
    assert statuses(events) == {"handled", "ignored", "parked"}
    assert Member.objects.for_tenant(acme).count() == 20 + 6 + 6 + 1
    assert (
        count_history(acme)
        == f"{touches.count()} clicks, {Referral.objects.for_tenant(acme).count()} referrals, 6 cases to review"
    )
    assert told[0] == (1 / 91, "day 0 of 90")
    assert told[-1] == (1, "day 90 of 90")
    assert set(get_user_model().objects.values_list("username", flat=True)) == {"maya.lindqvist", "tomas.herrera"}

    # Nothing happened before Acme opened or after now, and no hold was cut short.
    assert not Action.objects.filter(Q(occurred_at__lt=NOW - timedelta(days=96)) | Q(recorded_at__gt=NOW)).exists()
    assert not rewards.filter(matures_at__gt=NOW, status="available").exists()
    assert not touches.filter(recorded_at__gt=NOW).exists()

    # Globex is somebody else, with some of the same ids.
    globex = Tenant.objects.get(alias="globex")
    assert statuses(Referral.objects.for_tenant(globex)) == {"rewarded", "expired"}
    assert Reward.objects.for_tenant(globex).count() == 6


def statuses(rows):
    return set(rows.order_by().values_list("status", flat=True).distinct())
