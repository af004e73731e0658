"""Whom a payment is by, and whose referral they are."""

import pytest

from credits.services.programs import create_program
from payouts.handlers.parties import find_payer, know_payer, referral_of
from payouts.models import StripeEvent
from referrals.models import Decision, Identifier, Member, Person, Referral
from referrals.services.attributions import record_click
from referrals.services.members import add_code
from referrals.services.people import add_person, note_identifier
from tests.cast import NOON, make_member, make_person, make_program, rewards_of
from tests.stripe_objects import (
    charge,
    checkout,
    customer,
    deliver_and_handle,
    discount,
    event,
    example,
    invoice,
    payment_method,
)

CUSTOMER = Identifier.Kind.STRIPE_CUSTOMER
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def pays(member: Member, **fields) -> str:
    """What comes of an invoice."""
    return deliver_and_handle(member.tenant, event("invoice.paid", invoice(**fields))).outcome


def signs_up(member: Member, **fields) -> str:
    return deliver_and_handle(member.tenant, event("checkout.session.completed", checkout(**fields))).outcome


def codes_of_referrals() -> list[str]:
    return list(Referral.objects.order_by("id").values_list("code__code", flat=True))


@pytest.fixture
def dana(acme) -> Person:
    """Known by id, customer and e-mail."""
    person = make_person(acme, "dana")
    note_identifier(person, CUSTOMER, "cus_dana", at=NOON)
    return person


@pytest.fixture
def erin(acme) -> Person:
    person = make_person(acme, "erin")
    note_identifier(person, CUSTOMER, "cus_erin", at=NOON)
    return person


def test_payer_is_found_by_user_id_before_customer_and_email(acme, dana, erin):
    told = invoice(metadata={"user_id": "erin"}, customer="cus_dana", customer_email="dana@dana.example")

    assert find_payer(acme, told) == erin


def test_payer_is_found_by_a_customer_seen_before_ahead_of_email(acme, dana, erin):
    assert find_payer(acme, invoice(customer="cus_erin", customer_email="dana@dana.example")) == erin


@pytest.mark.parametrize(
    "told",
    [
        invoice(customer="cus_new", customer_email="Dana@DANA.example"),
        checkout(customer="cus_new", email="dana@dana.example"),
        checkout(customer=None, customer_email="dana@dana.example"),
        customer("cus_new", email=" dana@dana.example "),
        charge(customer="cus_new", billing_details={"email": "dana@dana.example", "name": None}),
    ],
    ids=lambda told: told["object"],
)
def test_payer_is_found_by_email_wherever_an_object_says_it(acme, dana, erin, told):
    assert find_payer(acme, told) == dana


@pytest.mark.parametrize("told", [invoice(customer="cus_dana"), invoice(customer=customer("cus_dana"))])
def test_customer_is_read_by_id_and_whole(acme, dana, told):
    assert find_payer(acme, told) == dana


def test_user_id_of_a_subscription_is_the_payers(acme, dana):
    parent = {"type": "subscription_details", "subscription_details": {"metadata": {"user_id": "dana"}}}

    assert find_payer(acme, invoice(customer="cus_new", parent=parent)) == dana


def test_nobody_is_found_by_nothing(acme, dana):
    assert find_payer(acme, invoice(customer=None)) is None
    assert find_payer(acme, invoice(customer="cus_new", customer_email="")) is None


def test_two_ids_of_the_tenant_are_two_people_though_they_share_customer_and_email(acme, dana):
    told = invoice(metadata={"user_id": "frank"}, customer="cus_dana", customer_email="dana@dana.example")

    assert find_payer(acme, told) is None
    assert know_payer(acme, told, at=NOON) != dana


def test_person_met_by_email_is_given_the_tenants_id_when_it_is_told(acme):
    met = add_person(acme, email="dana@dana.example", at=NOON)

    known = know_payer(acme, invoice(metadata={"user_id": "dana"}, customer_email="dana@dana.example"), at=NOON)

    assert (known, known.external_id) == (met, "dana")


def test_payer_is_noted_with_all_that_the_object_shows(acme):
    person = know_payer(acme, customer("cus_dana", email="dana@dana.example", name="Dana van Dyk"), at=NOON)

    assert (person.first_name, person.last_name, person.email) == ("Dana", "van Dyk", "dana@dana.example")
    marks = person.identifiers.order_by("kind").values_list("kind", "value")
    assert list(marks) == [("mailbox", "dana@dana.example"), ("stripe_customer", "cus_dana")]


def test_what_is_known_of_a_person_is_not_overwritten(acme, dana):
    know_payer(acme, customer("cus_dana", email="other@other.example", name="Somebody Else"), at=NOON)

    dana.refresh_from_db()
    assert (dana.first_name, dana.last_name, dana.email) == ("Dana", "Else", "dana@dana.example")


@pytest.mark.parametrize("reference", ["ALICE", "alice", " Alice "])
def test_checkout_is_attributed_by_a_code_as_its_reference(alice: Member, reference: str):
    assert signs_up(alice, client_reference_id=reference) == "attributed"

    assert codes_of_referrals() == ["ALICE"]


def test_checkout_is_attributed_by_a_click_as_its_reference(alice: Member):
    click = record_click("ALICE", ip="203.0.113.7", user_agent=BROWSER, at=NOON)

    assert signs_up(alice, client_reference_id=click.public_id) == "attributed"

    assert Referral.objects.get().attribution_id == click.id


def test_invoice_is_attributed_by_a_click_in_metadata(alice: Member):
    click = record_click("ALICE", ip="203.0.113.7", user_agent=BROWSER, at=NOON)

    assert pays(alice, metadata={"click_id": click.public_id}) == "paid 10000 USD: referral rewarded"

    assert Referral.objects.get().attribution_id == click.id


@pytest.mark.parametrize("click_id", ["attr_ffff", "attr_", "attr_zz", "attr_" + "f" * 40, "gclid_1"])
def test_click_that_is_none_of_ours_attributes_nothing(alice: Member, click_id: str):
    assert pays(alice, metadata={"click_id": click_id}) == "no referral: nobody we know, and no code"
    assert signs_up(alice, client_reference_id=click_id) == "not referred: it names no code of ours"
    assert codes_of_referrals() == []


def test_unknown_click_does_not_stand_in_the_way_of_a_code(alice: Member):
    assert signs_up(alice, client_reference_id="ALICE", metadata={"click_id": "gclid_1"}) == "attributed"


def test_new_payer_is_attributed_by_the_code_in_metadata(alice: Member):
    told = {"user_id": "dana", "referral_code": "alice"}

    assert pays(alice, metadata=told) == "paid 10000 USD: referral rewarded"

    referral = Referral.objects.get()
    assert (referral.referred.external_id, referral.code.code) == ("dana", "ALICE")


def test_new_payer_is_attributed_by_the_code_in_the_subscriptions_metadata(alice: Member):
    metadata = {"user_id": "dana", "referral_code": "ALICE"}
    parent = {"type": "subscription_details", "subscription_details": {"metadata": metadata}}

    assert pays(alice, parent=parent) == "paid 10000 USD: referral rewarded"


@pytest.mark.parametrize(
    "promotion",
    [
        "promo_alice",
        example("promotion_code", id="promo_alice", code="SUMMER"),
        example("promotion_code", code="alice20"),
    ],
    ids=["id", "expanded, known by id", "expanded, known by spelling"],
)
@pytest.mark.parametrize("place", ["invoice", "checkout", "customer"])
def test_promotion_code_that_is_a_coupon_of_the_tenant_attributes(alice: Member, promotion, place: str):
    add_code(alice, "ALICE20", kind="coupon", stripe_promotion_code="promo_alice", at=NOON)
    told = {
        "invoice": event("invoice.paid", invoice(discounts=[discount(promotion)])),
        "checkout": event("checkout.session.completed", checkout(discounts=[discount(promotion)])),
        "customer": event("customer.created", customer(email="dana@dana.example", discount=discount(promotion))),
    }

    deliver_and_handle(alice.tenant, told[place])

    assert codes_of_referrals() == ["ALICE20"]


@pytest.mark.parametrize(
    "promotion", ["promo_other", "ALICE", example("promotion_code", id="promo_other", code="ALICE")]
)
def test_promotion_code_that_is_no_coupon_of_ours_attributes_nothing(alice: Member, promotion):
    assert signs_up(alice, discounts=[discount(promotion)]) == "not referred: it names no code of ours"


def test_codes_count_in_the_order_of_metadata_promotion_and_reference(alice: Member):
    for name in ("meta", "promo", "reference"):
        make_member(alice.program, name, code=name.upper())
    add_code(alice, "SUMMER", kind="coupon", stripe_promotion_code="promo_1", at=NOON)
    by_reference = {"client_reference_id": "REFERENCE"}
    by_promotion = by_reference | {"discounts": [discount("promo_1")]}
    by_metadata = by_promotion | {"metadata": {"referral_code": "META"}}

    signs_up(alice, customer="cus_1", **by_reference)
    signs_up(alice, customer="cus_2", **by_promotion)
    signs_up(alice, customer="cus_3", **by_metadata)

    assert codes_of_referrals() == ["REFERENCE", "SUMMER", "META"]


def test_code_of_another_program_of_the_tenant_attributes_to_that_program(alice: Member):
    other = create_program(alice.tenant, name="other", at=NOON)
    make_member(other, "olga", code="OLGA")

    signs_up(alice, client_reference_id="OLGA")

    assert Referral.objects.get().program == other


def test_code_does_not_move_somebody_who_was_referred_before(alice: Member):
    make_member(alice.program, "olga", code="OLGA")
    signs_up(alice, client_reference_id="ALICE")

    assert pays(alice, metadata={"referral_code": "OLGA"}) == "paid 10000 USD: referral rewarded"
    assert signs_up(alice, client_reference_id="OLGA") == "attributed"

    assert codes_of_referrals() == ["ALICE"]


@pytest.mark.parametrize("is_active", [True, False])
def test_code_counts_while_it_is_switched_on(alice: Member, is_active: bool):
    alice.codes.update(is_active=is_active)

    signs_up(alice, client_reference_id="ALICE")

    assert codes_of_referrals() == (["ALICE"] if is_active else [])


SELVES = {
    "user id": {"metadata": {"user_id": "alice"}, "customer": "cus_new"},
    "customer": {"customer": "cus_alice"},
    "e-mail": {"customer": "cus_new", "customer_email": "ALICE@alice.example"},
    "customer, with the e-mail of another": {"customer": "cus_alice", "customer_email": "dana@dana.example"},
}


@pytest.mark.parametrize("self", SELVES.values(), ids=SELVES)
def test_referrer_who_signs_up_with_their_own_code_is_refused(alice: Member, self):
    note_identifier(alice.person, CUSTOMER, "cus_alice", at=NOON)

    assert signs_up(alice, client_reference_id="ALICE", **self) == "not referred: A person cannot refer themselves."

    refusal = Decision.objects.get(outcome="self_referral")
    assert (refusal.referral, refusal.data["code"]) == (None, "ALICE")
    assert (Referral.objects.count(), Person.objects.count()) == (0, 1)


@pytest.mark.parametrize("self", SELVES.values(), ids=SELVES)
def test_referrer_who_pays_with_their_own_code_is_refused_at_once_and_for_the_record(alice: Member, self):
    note_identifier(alice.person, CUSTOMER, "cus_alice", at=NOON)
    metadata = {"referral_code": "ALICE"} | self.get("metadata", {})

    done = deliver_and_handle(alice.tenant, event("invoice.paid", invoice(**(self | {"metadata": metadata}))))

    assert (done.status, done.outcome) == (
        StripeEvent.Status.HANDLED,
        "not referred: A person cannot refer themselves.",
    )
    assert Decision.objects.get().outcome == "self_referral"
    assert Referral.objects.count() == 0
    alice.person.refresh_from_db()
    assert alice.person.first_payment == "in_1"


def test_same_customer_under_another_user_id_is_held_for_review(alice: Member):
    note_identifier(alice.person, CUSTOMER, "cus_alice", at=NOON)
    told = {"user_id": "second-account", "referral_code": "ALICE"}

    assert pays(alice, customer="cus_alice", metadata=told) == "paid 10000 USD: referral review_required"

    referral = Referral.objects.get()
    assert referral.reviews.get().reasons == ["same_stripe_customer"]
    assert rewards_of(referral) == []


def test_same_mailbox_under_another_user_id_is_held_for_review(alice: Member):
    told = {"user_id": "second-account", "referral_code": "ALICE"}

    assert (
        pays(alice, customer_email="alice@alice.example", metadata=told) == "paid 10000 USD: referral review_required"
    )

    assert Referral.objects.get().reviews.get().reasons == ["same_mailbox"]


def test_referral_of_a_payer_is_the_one_that_stands(alice: Member):
    signs_up(alice, client_reference_id="ALICE")
    Referral.objects.update(status=Referral.Status.EXPIRED)
    person = Referral.objects.get().referred
    assert referral_of(person) == Referral.objects.get()

    signs_up(alice, client_reference_id="ALICE")

    assert (Referral.objects.count(), referral_of(person).status) == (2, Referral.Status.ATTRIBUTED)


def test_charlies_customers_are_never_alices(alice: Member, globex):
    charlie = make_member(make_program(globex), "charlie", code="ALICE", email="alice@alice.example")
    for member in (alice, charlie):
        tenant = member.tenant
        own = member.person.external_id
        deliver_and_handle(
            tenant,
            event(
                "customer.created",
                customer(f"cus_{tenant.alias}", email="owner@owner.example", metadata={"user_id": own}),
            ),
            event("charge.succeeded", charge(customer=f"cus_{tenant.alias}", card=f"fp_{tenant.alias}")),
        )
    seen = [  # in globex: the very customer, card and e-mail by which acme knows Alice
        event("customer.created", customer("cus_acme", email="dana@dana.example")),
        event("checkout.session.completed", checkout(customer="cus_acme", client_reference_id="ALICE")),
        event("payment_method.attached", payment_method(customer="cus_acme", card="fp_acme")),
        event("invoice.paid", invoice(customer="cus_acme")),
    ]

    done = deliver_and_handle(globex, *seen)

    assert done.outcome == "paid 10000 USD: referral rewarded"
    assert Referral.objects.get().tenant == globex
    assert not Person.objects.for_tenant(alice.tenant).exclude(pk=alice.person_id).exists()
    assert {mark.tenant for mark in Identifier.objects.filter(person__tenant=globex)} == {globex}


def test_charlies_click_and_code_attribute_nothing_of_alices(alice: Member, globex):
    charlie = make_member(make_program(globex), "charlie", code="CHARLIE")
    click = record_click("CHARLIE", ip="203.0.113.7", user_agent=BROWSER, at=NOON)
    add_code(charlie, "CHARLIE20", kind="coupon", stripe_promotion_code="promo_charlie", at=NOON)

    for named in (
        {"client_reference_id": "CHARLIE"},
        {"client_reference_id": click.public_id},
        {"metadata": {"referral_code": "CHARLIE", "click_id": click.public_id}},
        {"discounts": [discount("promo_charlie")]},
    ):
        assert signs_up(alice, **named) == "not referred: it names no code of ours"

    assert Referral.objects.count() == 0
