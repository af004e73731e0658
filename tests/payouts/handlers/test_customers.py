"""Customers and cards that Stripe tells of."""

from datetime import timedelta

import pytest

from credits.models import Review
from credits.services.maturation import mature_pending
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Identifier, Member, Person, Referral
from tests.cast import NOON, rewards_of
from tests.stripe_objects import (
    Thing,
    charge,
    checkout,
    customer,
    deliver,
    deliver_and_handle,
    event,
    invoice,
    payment_method,
)

S = StripeEvent.Status
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
SIGNED_UP = event("checkout.session.completed", checkout(client_reference_id="ALICE"))
PAID = event("invoice.paid", invoice())


def in_wallet(card: str) -> dict:
    """A customer's field that holds a card, expanded."""
    return {"invoice_settings": {"default_payment_method": payment_method(card=card)}}


# Each says that the card of this fingerprint is the customer's.
CARDS = {
    "charge.succeeded": lambda card, key: charge(card=card, customer=key),
    "payment_method.attached": lambda card, key: payment_method(card=card, customer=key),
    "customer.updated": lambda card, key: customer(key, **in_wallet(card)),
}


def alice_pays_with(card: str) -> list[Thing]:
    return [
        event("customer.created", customer("cus_alice", metadata={"user_id": "alice"})),
        event("charge.succeeded", charge("ch_alice", customer="cus_alice", card=card)),
    ]


@pytest.mark.parametrize("kind", ["customer.created", "customer.updated"])
def test_customer_is_known_from_now_on(alice: Member, kind: str):
    done = deliver_and_handle(alice.tenant, event(kind, customer(email="dana@dana.example", name="Dana Dyk")))

    person = Person.objects.get(email="dana@dana.example")
    assert (done.status, done.outcome) == (S.HANDLED, "noted")
    assert (person.external_id, person.display_name) == (None, "Dana Dyk")
    assert list(person.identifiers.filter(kind="stripe_customer").values_list("value", flat=True)) == ["cus_dana"]


def test_customer_without_user_id_and_email_is_nobody_to_recognise(alice: Member):
    done = deliver_and_handle(alice.tenant, event("customer.created", customer(name="Dana")))

    assert (done.status, done.outcome) == (S.HANDLED, "nobody to recognise: no user id and no e-mail")
    assert Person.objects.get() == alice.person


def test_user_id_of_a_customer_joins_it_to_the_person_the_tenant_knows(alice: Member):
    deliver_and_handle(alice.tenant, event("customer.created", customer("cus_alice", metadata={"user_id": "alice"})))

    mark = Identifier.objects.get(kind="stripe_customer")
    assert (mark.person, mark.value) == (alice.person, "cus_alice")


def test_person_may_have_several_customers(alice: Member):
    for key in ("cus_1", "cus_2", "cus_1"):
        deliver_and_handle(alice.tenant, event("customer.updated", customer(key, metadata={"user_id": "alice"})))

    marks = Identifier.objects.filter(person=alice.person, kind="stripe_customer").order_by("value")
    assert list(marks.values_list("value", flat=True)) == ["cus_1", "cus_2"]


@pytest.mark.parametrize("kind", ["customer.created", "customer.updated"])
def test_customer_whose_metadata_names_a_code_is_attributed(alice: Member, kind: str):
    told = customer(email="dana@dana.example", metadata={"referral_code": "ALICE"})

    assert deliver_and_handle(alice.tenant, event(kind, told)).outcome == "attributed"
    assert deliver_and_handle(alice.tenant, event("customer.updated", told)).outcome == "noted"

    assert Referral.objects.get().referred.email == "dana@dana.example"


def test_customer_who_names_their_own_code_is_told_why_not(alice: Member):
    told = customer(email="alice@alice.example", metadata={"referral_code": "ALICE"})

    done = deliver_and_handle(alice.tenant, event("customer.created", told))

    assert (done.status, done.outcome) == (S.HANDLED, "A person cannot refer themselves.")
    assert Referral.objects.count() == 0


@pytest.mark.parametrize("kind", CARDS)
def test_card_is_a_mark_of_its_customer(alice: Member, kind: str):
    deliver_and_handle(alice.tenant, SIGNED_UP, event(kind, CARDS[kind]("fp_dana", "cus_dana")))

    mark = Identifier.objects.get(kind="card")
    assert (mark.person, mark.value) == (Referral.objects.get().referred, "fp_dana")


@pytest.mark.parametrize("kind", ["charge.succeeded", "payment_method.attached"])
def test_card_of_an_unknown_customer_waits_for_the_customer(alice: Member, kind: str):
    parked = deliver_and_handle(alice.tenant, event(kind, CARDS[kind]("fp_dana", "cus_dana")))
    assert (parked.status, parked.waits_for) == (S.PARKED, "cus_dana")
    assert parked.outcome == "nobody we know has this customer id"

    deliver_and_handle(alice.tenant, SIGNED_UP, at=NOON + SECOND)

    parked.refresh_from_db()
    assert parked.status == S.HANDLED
    assert Identifier.objects.get(kind="card").value == "fp_dana"


@pytest.mark.parametrize("kind", ["charge.succeeded", "payment_method.attached"])
def test_card_without_a_customer_is_nobodys(alice: Member, kind: str):
    done = deliver_and_handle(alice.tenant, event(kind, CARDS[kind]("fp_dana", None)))

    assert (done.status, done.outcome) == (S.HANDLED, "no customer")
    assert not Identifier.objects.filter(kind="card").exists()


def test_card_of_a_customer_who_never_comes_is_given_up(alice: Member):
    parked, _ = deliver(alice.tenant, event("charge.succeeded", charge()))

    for days in range(7):
        handle_due(at=NOON + days * DAY)

    parked.refresh_from_db()
    assert (parked.status, parked.outcome) == (S.IGNORED, "nobody we know has this customer id")


@pytest.mark.parametrize("kind", CARDS)
def test_referrers_card_seen_before_the_payment_holds_it(alice: Member, kind: str):
    shared = event(kind, CARDS[kind]("fp_shared", "cus_dana"))

    done = deliver_and_handle(alice.tenant, *alice_pays_with("fp_shared"), SIGNED_UP, shared, PAID)

    assert done.outcome == "paid 10000 USD: referral review_required"
    referral = Referral.objects.get()
    assert Review.objects.get().reasons == ["same_card_fingerprint"]
    assert rewards_of(referral) == []


@pytest.mark.parametrize("kind", CARDS)
def test_referrers_card_seen_after_the_payment_holds_what_was_granted(alice: Member, kind: str):
    deliver_and_handle(alice.tenant, *alice_pays_with("fp_shared"), SIGNED_UP, PAID)
    referral = Referral.objects.get()
    assert (referral.status, Review.objects.count()) == (Referral.Status.REWARDED, 0)

    deliver_and_handle(alice.tenant, event(kind, CARDS[kind]("fp_shared", "cus_dana")), at=NOON + DAY)

    assert Review.objects.get().reasons == ["same_card_fingerprint"]
    assert mature_pending(at=NOON + 60 * DAY) == 0
    assert {status for _, _, status in rewards_of(referral)} == {"pending"}


def test_card_that_the_referrer_uses_after_the_referred_holds_as_well(alice: Member):
    deliver_and_handle(alice.tenant, SIGNED_UP, event("charge.succeeded", charge(card="fp_shared")), PAID)

    deliver_and_handle(alice.tenant, *alice_pays_with("fp_shared"), at=NOON + DAY)

    assert Review.objects.get().reasons == ["same_card_fingerprint"]
    assert mature_pending(at=NOON + 60 * DAY) == 0


def test_customer_that_moves_to_the_referrers_account_holds_as_well(alice: Member):
    deliver_and_handle(alice.tenant, SIGNED_UP, PAID)

    told = customer("cus_dana", metadata={"user_id": "alice"})
    deliver_and_handle(alice.tenant, event("customer.updated", told), at=NOON + DAY)

    assert Review.objects.get().reasons == ["same_stripe_customer"]


def test_email_learnt_after_the_payment_holds_as_well(alice: Member):
    deliver_and_handle(
        alice.tenant,
        event("invoice.paid", invoice(metadata={"user_id": "dana", "referral_code": "ALICE"})),
    )
    assert Review.objects.count() == 0

    told = customer("cus_dana", email="alice@alice.example", metadata={"user_id": "dana"})
    deliver_and_handle(alice.tenant, event("customer.updated", told), at=NOON + DAY)

    assert Review.objects.get().reasons == ["same_mailbox"]


def test_same_card_opens_one_review_however_often_it_is_seen(alice: Member):
    deliver_and_handle(alice.tenant, *alice_pays_with("fp_shared"), SIGNED_UP, PAID)

    for number in range(3):
        told = charge(f"ch_{number}", card="fp_shared")
        deliver_and_handle(alice.tenant, event("charge.succeeded", told), at=NOON + DAY)

    assert Review.objects.count() == 1


def test_card_of_a_stranger_holds_nothing(alice: Member):
    told = [event("customer.created", customer("cus_erin", email="erin@erin.example"))]
    told += [event("charge.succeeded", charge("ch_erin", customer="cus_erin", card="fp_shared"))]

    deliver_and_handle(
        alice.tenant,
        *told,
        SIGNED_UP,
        event("charge.succeeded", charge(card="fp_shared")),
        PAID,
        *alice_pays_with("fp_a"),
    )

    assert Review.objects.count() == 0
    assert [amount for _, amount, _ in rewards_of(Referral.objects.get())] == [25_00, 10_00]
