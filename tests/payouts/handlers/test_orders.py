"""Stripe keeps no order and tells twice: whatever the order, the same comes of it."""

from datetime import timedelta
from itertools import permutations

import pytest

from credits.models import Review
from credits.services.books import check_books
from credits.services.review import approve
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Action, Identifier, Member, Person, Referral
from tests.cast import NOON, rewards_of
from tests.stripe_objects import Thing, charge, checkout, customer, deliver, event, invoice

SIGNED_UP = event("checkout.session.completed", checkout(client_reference_id="ALICE", email="dana@dana.example"))
STORY = {
    "customer": event("customer.created", customer(email="dana@dana.example", name="Dana Dyk")),
    "checkout": SIGNED_UP,
    "charge": event("charge.succeeded", charge(card="fp_dana")),
    "invoice": event("invoice.paid", invoice(customer_email="dana@dana.example")),
}
ORDERS = list(permutations(STORY))
REWARDED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


def tell(member: Member, order: tuple[str, ...], *, apart: timedelta, **changed: Thing) -> None:
    """Deliver the story in an order, each event twice, so far apart; then let all back-offs pass."""
    story = STORY | changed
    at = NOON
    for name in order:
        deliver(member.tenant, story[name], at=at)
        handle_due(at=at)
        deliver(member.tenant, story[name], at=at)
        handle_due(at=at)
        at += apart
    for name in order:
        deliver(member.tenant, story[name], at=at)
    for hours in range(0, 150, 10):
        handle_due(at=at + timedelta(hours=hours))


def what_came_of_it() -> dict[str, object]:
    person = Person.objects.get(email="dana@dana.example")
    referral = Referral.objects.get()
    return {
        "events": sorted(StripeEvent.objects.values_list("type", "status")),
        "people": Person.objects.count(),
        "person": (person, person.display_name, person.first_payment),
        "marks": sorted(Identifier.objects.filter(person=person).values_list("kind", "value")),
        "actions": list(Action.objects.values_list("key", "amount", "currency", "occurred_at")),
        "referral": (referral.referred, referral.code.code, referral.status, referral.risk_flags),
        "rewards": rewards_of(referral),
        "reviews": list(Review.objects.values_list("status", "reasons")),
        "books": check_books(at=NOON).differences,
    }


def expected(*, reviews: list, **referral: object) -> dict[str, object]:
    person = Person.objects.get(email="dana@dana.example")
    card = referral.get("card", "fp_dana")
    return {
        "events": [(each["type"], "handled") for each in sorted(STORY.values(), key=lambda each: each["type"])],
        "people": 2,
        "person": (person, "Dana Dyk", "in_1"),
        "marks": [("card", card), ("mailbox", "dana@dana.example"), ("stripe_customer", "cus_dana")],
        "actions": [("in_1", 100_00, "USD", NOON)],
        "referral": (person, "ALICE", "rewarded", referral.get("flags", [])),
        "rewards": REWARDED,
        "reviews": reviews,
        "books": [],
    }


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_every_order_ends_in_the_same_rewards(alice: Member, order):
    tell(alice, order, apart=timedelta(minutes=7))

    assert what_came_of_it() == expected(reviews=[])


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_every_order_of_a_story_with_the_referrers_card_is_held_and_rewards_alike_once_approved(alice: Member, order):
    shared = event("charge.succeeded", charge(card="fp_alice"))
    deliver(alice.tenant, event("customer.created", customer("cus_alice", metadata={"user_id": "alice"})))
    deliver(alice.tenant, event("charge.succeeded", charge("ch_alice", customer="cus_alice", card="fp_alice")))
    handle_due(at=NOON)
    StripeEvent.objects.all().delete()

    tell(alice, order, apart=timedelta(0), charge=shared)
    review = Review.objects.get()
    assert (review.status, review.reasons) == ("open", ["same_card_fingerprint"])
    approve(review, actor="staff:bob", at=NOON)

    decided = [("approved", ["same_card_fingerprint"])]
    assert what_came_of_it() == expected(reviews=decided, card="fp_alice", flags=["same_card_fingerprint"])


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_every_order_handled_in_one_sweep_ends_in_the_same_rewards(alice: Member, order):
    for name in order:
        deliver(alice.tenant, STORY[name])

    handle_due(at=NOON)

    assert what_came_of_it() == expected(reviews=[])
