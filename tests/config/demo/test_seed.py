"""The history of Acme, played on a small scale, once: it takes its time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F, Q

from config.demo.seed.handover import hand_over
from config.demo.seed.play import count_history, find_acme, seed
from config.demo.seed.world import Scale
from config.demo.stripe_account import StripeAccount
from credits.models import Reversal, Review, Reward
from credits.services.books import check_books
from credits.services.ledger import balance
from payouts.models import Payout, PayoutAttempt, PayoutMethod, StripeEvent
from payouts.services.candidates import judge_candidates
from payouts.services.reconciliation import reconcile_tenant
from referrals.models import Action, Attribution, Invite, Member, Person, Referral
from referrals.services.outreach.suppressions import suppressed_emails
from tenants.models import Tenant
from tests.config.demo.stripe.test_server import running_fake

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
SMALL = Scale(friends=20, partners=6, japan=6, clicks=80, sign_ups=20, suspects=14, crowds=1, queue=6)
KEY = "sk_test_acme"
STORIES = 12
REASONS = {
    "disposable_domain", "existing_customer", "referrer_velocity", "same_card_fingerprint", "same_mailbox",
    "same_stripe_customer", "shared_ip", "similar_name",
}  # fmt: skip


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def stripe_url(tmp_path_factory):
    with running_fake(tmp_path_factory.mktemp("stripe"), "--key", KEY) as url:
        yield url


@pytest.fixture
def acme(db, told, stripe_url):
    return seed(
        secret="whsec_demo",
        stripe_key=KEY,
        at=NOW,
        scale=SMALL,
        report=lambda share, words: told.append((share, words)),
        hand_over=lambda fake: hand_over(fake, StripeAccount(stripe_url, KEY), at=NOW),
    ).tenant


def test_seed_plays_a_history_in_which_everything_occurs(acme, told, stripe_url, settings):
    settings.STRIPE_API = stripe_url
    expect_everything(acme, told)
    expect_payouts_of_every_kind_and_state_but_cancelled(acme)
    expect_a_failed_payout_to_be_made_good_by_another_one()
    expect_what_came_back_of_a_payout_to_be_paid_again()
    expect_a_clawback_to_make_the_next_payout_smaller()
    expect_somebody_to_owe_and_not_to_be_paid()
    expect_money_to_go_back_in_every_way()
    expect_stripe_to_agree_with_all_of_it(acme)
    expect_invites_of_every_kind(acme)


def expect_invites_of_every_kind(acme):
    invites = Invite.objects.for_tenant(acme)

    assert statuses(invites) == set(Invite.Status) - {Invite.Status.POTENTIAL, Invite.Status.FAILED}
    assert invites.filter(member=None).count() == 3
    assert invites.filter(status="expired").exclude(email="").count() == 0
    assert [row.source for row in suppressed_emails(acme)] == ["one_click"]


def expect_everything(acme, told):
    rewards, reviews = Reward.objects.for_tenant(acme), Review.objects.for_tenant(acme)
    events, touches = StripeEvent.objects.all(), Attribution.objects.for_tenant(acme)

    assert find_acme() == acme
    assert check_books(at=NOW).differences == []
    assert statuses(Referral.objects.for_tenant(acme)) == set(Referral.Status) - {Referral.Status.FAILED}
    assert statuses(rewards) == {"pending", "available", "processing", "issued", "reverted"}
    assert set(rewards.values_list("currency", "mode")) == {("USD", "credits"), ("EUR", "payout"), ("JPY", "credits")}
    assert statuses(reviews) == {"open", "approved", "rejected"}
    assert reviews.open().count() == 6
    assert reviews.open().filter(claimed_until__gt=NOW).count() == 2
    assert {code for review in reviews for code in review.reasons} == REASONS
    assert set(touches.values_list("verdict", flat=True)) == {"valid", "bot", "prefetch"}
    assert set(touches.values_list("kind", flat=True)) == {"click", "coupon"}
    assert statuses(events) == {"handled", "ignored", "parked"}
    assert Member.objects.for_tenant(acme).count() == 20 + 6 + 6 + 1 + STORIES
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


def expect_payouts_of_every_kind_and_state_but_cancelled(acme):
    payouts = Payout.objects.for_tenant(acme)
    kinds = PayoutMethod.Kind

    assert set(payouts.values_list("method__kind", "status")) >= {
        (kinds.STRIPE_TRANSFER, "completed"), (kinds.STRIPE_TRANSFER, "held"), (kinds.STRIPE_TRANSFER, "failed"),
        (kinds.STRIPE_BALANCE, "completed"), (kinds.MANUAL, "completed"), (kinds.MANUAL, "pending"),
    }  # fmt: skip
    assert {hold for payout in payouts.held() for hold in payout.holds} >= {"amount", "dispute"}
    assert payouts.filter(status="completed", currency="JPY").exists()
    assert not payouts.filter(status="processing").exists()
    assert payouts.get(method__kind="manual", status="completed").reference.startswith("ACH ")
    assert payouts.filter(status="completed", holds=["amount"], released_by="staff:tomas.herrera").exists()
    assert PayoutMethod.objects.filter(program__name="friends").count() == 3
    assert not Payout.objects.exclude(tenant=acme).exists()


def expect_a_failed_payout_to_be_made_good_by_another_one():
    failed = Payout.objects.get(status="failed")
    assert failed.error.startswith("insufficient_capabilities_for_transfer: ")
    assert [attempt.outcome for attempt in failed.attempts.all()] == [PayoutAttempt.Outcome.REFUSED]
    retried = Payout.objects.exclude(pk=failed.pk).get(person=failed.person)
    assert (retried.amount, retried.status) == (failed.amount, "completed")
    assert retried.requested_by == "staff:maya.lindqvist"


def expect_what_came_back_of_a_payout_to_be_paid_again():
    returned = Payout.objects.get(returned_amount__gt=0)
    again = Payout.objects.get(person=returned.person, pk__gt=returned.pk)
    assert (returned.returned_amount, again.amount, again.carried_amount) == (30_00, 30_00, 30_00)


def expect_a_clawback_to_make_the_next_payout_smaller():
    netted = Payout.objects.get(carried_amount__lt=0)
    earned = sum(item.amount for item in netted.items.all())
    assert (earned, netted.carried_amount, netted.amount) == (122_25, -72_50, 49_75)


def expect_somebody_to_owe_and_not_to_be_paid():
    method = PayoutMethod.objects.get(program__name="friends", kind="stripe_transfer")
    members = Person.objects.filter(payout_accounts__kind="stripe_transfer", memberships__program=method.program)
    people = sorted(members.values_list("pk", flat=True))
    owing = [each for each in judge_candidates(method, people, at=NOW) if each.refusal == "owes"]
    assert -100_00 in [each.amount for each in owing]
    assert balance(Person.objects.get(pk=owing[0].person_id), "USD")["available"] == owing[0].amount


def expect_money_to_go_back_in_every_way():
    states = set(Reversal.objects.values_list("kind", "state"))
    kind, state = Reversal.Kind, Reversal.State
    assert states >= {
        (kind.REFUND, state.STANDS), (kind.REFUND, state.UNDONE), (kind.DISPUTE, state.OPEN),
        (kind.DISPUTE, state.UNDONE),
    }  # fmt: skip
    in_part = Action.objects.filter(reversed_amount__gt=0, reversed_amount__lt=F("amount"))
    assert in_part.exists()


def expect_stripe_to_agree_with_all_of_it(acme):
    check = reconcile_tenant(acme, at=NOW)
    assert (check.ok, check.differences, check.fetched) == (True, [], 0)
    assert check.payouts > 5
    assert check.events > 50


def statuses(rows):
    return set(rows.order_by().values_list("status", flat=True).distinct())
