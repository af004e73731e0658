"""What must hold when many things happen at one moment: real threads, real connections, real locks."""

import time
from collections import Counter
from threading import Event

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction

from credits.errors import NotAwaitingReview
from credits.models import LedgerEntry, Review, Reward
from credits.services.books import check_books
from credits.services.review import approve, claim_next, reject, staff
from payouts.handlers.dispatch import handle, handle_due
from payouts.models import StripeEvent
from referrals.models import Action, Decision, Identifier, Member, Moderation, Person, Program, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant, pay, rewards_of
from tests.flows.threads import run_together
from tests.stripe_objects import charge, checkout, customer, deliver, deliver_and_handle, event, invoice

pytestmark = pytest.mark.django_db(transaction=True)

REWARDED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


@pytest.fixture
def alice() -> Member:
    return make_member(make_program(make_tenant("acme")), "alice", code="ALICE")


@pytest.fixture
def dana(alice: Member) -> Referral:
    """Alice's referral of Dana, who signed up through Stripe."""
    signed_up = event("checkout.session.completed", checkout(client_reference_id="ALICE"))
    deliver_and_handle(alice.tenant, signed_up)
    return Referral.objects.get()


@pytest.fixture
def reviewers() -> list[User]:
    return [get_user_model().objects.create_user(f"reviewer{number}", is_staff=True) for number in range(20)]


def ask_for_review(program: Program) -> None:
    """From now on a person decides about every referral of a program."""
    Program.objects.filter(pk=program.pk).update(
        referrer_moderation=Moderation.PENDING,
        referred_moderation=Moderation.PENDING,
        disabled_rules=["referrer_velocity"],
    )
    program.refresh_from_db()


def hold(alice: Member, name: str, amount: int = 100_00) -> Review:
    """A referral that waits for a person's decision."""
    referral = make_referral(alice, name)
    pay(referral, amount)
    return Review.objects.get(referral=referral)


def books_agree() -> bool:
    return check_books(at=NOON).differences == []


def test_fifty_deliveries_of_one_paid_invoice_earn_once(dana: Referral):
    told = event("invoice.paid", invoice())

    def deliver_once(_: int) -> bool:
        _, is_new = deliver(dana.tenant, told)
        handle_due(at=NOON)
        return is_new

    assert Counter(run_together(50, deliver_once)) == {True: 1, False: 49}

    assert StripeEvent.objects.get(type="invoice.paid").status == StripeEvent.Status.HANDLED
    assert (Action.objects.count(), rewards_of(dana), LedgerEntry.objects.count()) == (1, REWARDED, 2)
    assert books_agree()


def test_fifty_events_of_one_paid_invoice_earn_once(dana: Referral):
    for _ in range(50):
        deliver(dana.tenant, event("invoice.paid", invoice()))

    taken = run_together(20, lambda _: handle_due(at=NOON))

    assert sum(taken) == 50
    assert set(StripeEvent.objects.values_list("status", "attempts")) == {("handled", 1)}
    assert (Action.objects.count(), rewards_of(dana)) == (1, REWARDED)
    assert books_agree()


def test_two_invoices_delivered_fifty_times_earn_twice(dana: Referral):
    told = [event("invoice.paid", invoice(f"in_{number}")) for number in range(2)]

    run_together(50, lambda number: (deliver(dana.tenant, told[number % 2]), handle_due(at=NOON)))

    assert [reward for reward in rewards_of(dana) if reward[0] == "referrer"] == REWARDED[:1] * 2
    assert [reward for reward in rewards_of(dana) if reward[0] == "referred"] == REWARDED[1:]
    assert books_agree()


def test_many_invoices_paid_at_once_earn_up_to_the_maximum(dana: Referral):
    told = [event("invoice.paid", invoice(f"in_{number}", total=180_00)) for number in range(10)]

    run_together(50, lambda number: (deliver(dana.tenant, told[number % 10]), handle_due(at=NOON)))

    assert Action.objects.count() == 10
    earned = Reward.objects.filter(side="referrer").values_list("amount", flat=True)
    assert (sum(earned), max(earned)) == (100_00, 45_00)
    assert books_agree()


def test_events_of_one_new_customer_that_come_at_once_know_one_person(alice: Member):
    for number in range(20):
        key, email = f"cus_{number}", f"n{number}@n{number}.example"
        deliver(alice.tenant, event("customer.created", customer(key, email=email)))
        deliver(alice.tenant, event("checkout.session.completed", checkout(customer=key, client_reference_id="ALICE")))
        deliver(alice.tenant, event("charge.succeeded", charge(customer=key, card=f"fp_{number}")))
        deliver(alice.tenant, event("invoice.paid", invoice(f"in_{number}", customer=key)))

    run_together(8, lambda _: handle_due(at=NOON))

    assert list(StripeEvent.objects.exclude(status="handled").values_list("type", "status", "outcome", "error")) == []
    assert (Person.objects.count(), Referral.objects.count(), Action.objects.count()) == (21, 20, 20)
    assert books_agree()


def test_two_hundred_approvals_of_one_case_grant_once(alice: Member, reviewers: list[User]):
    ask_for_review(alice.program)
    review = hold(alice, "dana")

    def approve_once(number: int) -> str:
        by = reviewers[number % len(reviewers)]
        try:
            return approve(review, actor=staff(by), by=by, at=NOON).status
        except NotAwaitingReview as refusal:
            return refusal.code

    assert Counter(run_together(200, approve_once)) == {"approved": 1, "not_awaiting_review": 199}

    assert rewards_of(review.referral) == REWARDED
    assert LedgerEntry.objects.count() == 2
    assert Decision.objects.filter(kind=Decision.Kind.REVIEW).count() == 1
    assert books_agree()


def test_approvals_and_rejections_at_once_have_one_outcome(alice: Member, reviewers: list[User]):
    ask_for_review(alice.program)
    review = hold(alice, "dana")

    def decide_once(number: int) -> str:
        by = reviewers[number % len(reviewers)]
        try:
            if number % 4 == 0:
                return reject(review, actor=staff(by), by=by, at=NOON, reason="The same household").status
            return approve(review, actor=staff(by), by=by, at=NOON).status
        except NotAwaitingReview as refusal:
            return refusal.code

    outcomes = Counter(run_together(200, decide_once))

    review.refresh_from_db()
    assert outcomes == {review.status: 1, "not_awaiting_review": 199}
    referral = Referral.objects.get()
    ends = {"approved": ("rewarded", REWARDED, 2), "rejected": ("rejected", [], 0)}
    assert (referral.status, rewards_of(referral), LedgerEntry.objects.count()) == ends[review.status]
    assert list(Decision.objects.filter(kind="review").values_list("outcome", flat=True)) == [review.status]
    assert books_agree()


def test_twenty_reviewers_who_ask_at_once_get_the_twenty_cases_that_come_first(alice: Member, reviewers: list[User]):
    ask_for_review(alice.program)
    cases = [hold(alice, f"friend{number}", amount=(number + 1) * 1_00) for number in range(100)]

    got = run_together(20, lambda number: claim_next(by=reviewers[number], at=NOON))

    assert sorted(review.pk for review in got) == [review.pk for review in cases[-20:]]
    claims = Review.objects.filter(claimed_by__isnull=False).values_list("pk", "claimed_by_id")
    assert set(claims) == {(review.pk, by.pk) for review, by in zip(got, reviewers, strict=True)}
    assert books_agree()


def test_reviewers_who_ask_again_and_again_empty_the_queue_without_sharing_a_case(alice: Member, reviewers: list[User]):
    ask_for_review(alice.program)
    for number in range(30):
        hold(alice, f"friend{number}")

    def decide_next(number: int) -> int:
        by = reviewers[number % len(reviewers)]
        review = claim_next(by=by, at=NOON)
        return approve(review, actor=staff(by), by=by, at=NOON).pk if review else 0

    decided = run_together(60, decide_next, threads=20)

    assert Counter(decided) == {0: 30} | {review.pk: 1 for review in Review.objects.filter(status="approved")}
    assert Reward.objects.count() == 60
    assert books_agree()


def test_a_hundred_payments_at_once_reward_a_referrer_no_more_often_than_the_cap(alice: Member):
    Program.objects.update(monthly_cap=10, disabled_rules=["referrer_velocity"])
    alice.program.refresh_from_db()
    referrals = [make_referral(alice, f"friend{number}") for number in range(100)]

    run_together(100, lambda number: pay(referrals[number], 100_00))

    assert Counter(Referral.objects.values_list("status", flat=True)) == {"rewarded": 10, "capped": 90}
    assert Counter(Reward.objects.values_list("side", flat=True)) == {"referrer": 10, "referred": 100}
    assert books_agree()


def test_payments_through_the_inbox_keep_the_cap_as_well(alice: Member):
    Program.objects.update(monthly_cap=3, disabled_rules=["referrer_velocity"])
    for number in range(20):
        told = invoice(f"in_{number}", customer=f"cus_{number}", metadata={"referral_code": "ALICE"})
        deliver(alice.tenant, event("invoice.paid", told))

    run_together(10, lambda _: handle_due(at=NOON))

    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"handled"}
    assert Counter(Referral.objects.values_list("status", flat=True)) == {"rewarded": 3, "capped": 17}
    assert books_agree()


@pytest.mark.parametrize("first", ["charge.succeeded", "invoice.paid"])
def test_card_learnt_while_its_payment_is_judged_is_never_missed(alice: Member, dana: Referral, first: str):
    note_identifier(alice.person, Identifier.Kind.STRIPE_CUSTOMER, "cus_alice", at=NOON)
    note_identifier(dana.referred, Identifier.Kind.CARD, "fp_shared", at=NOON)
    told = {
        "charge.succeeded": event("charge.succeeded", charge(customer="cus_alice", card="fp_shared")),
        "invoice.paid": event("invoice.paid", invoice()),
    }
    stored = {kind: deliver(alice.tenant, each)[0] for kind, each in told.items()}
    begun = Event()

    def handle_slowly() -> None:
        with transaction.atomic():
            handle(stored.pop(first), at=NOON)
            begun.set()
            time.sleep(0.5)

    def handle_meanwhile() -> None:
        begun.wait(timeout=10)
        with transaction.atomic():
            [other] = stored.values()
            handle(other, at=NOON)

    run_together(2, lambda number: (handle_slowly, handle_meanwhile)[number]())

    assert Review.objects.open().get().reasons == ["same_card_fingerprint"]
    assert books_agree()
