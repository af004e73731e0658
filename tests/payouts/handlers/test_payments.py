"""What a payment that Stripe tells of comes to."""

from datetime import timedelta

import pytest

from credits.models import LedgerEntry, Reward
from credits.services.books import check_books
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Action, Member, Person, Referral, Signal
from tests.cast import NOON, rewards_of
from tests.stripe_objects import Thing, checkout, customer, deliver_and_handle, event, invoice, one_off

DAY = timedelta(days=1)
SIGNED_UP = event("checkout.session.completed", checkout(client_reference_id="ALICE"))
REWARDED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


def paid(key: str = "in_1", **fields) -> Thing:
    return event("invoice.paid", invoice(key, **fields))


def completed(session: Thing) -> Thing:
    return event("checkout.session.completed", session)


@pytest.fixture
def dana(alice: Member) -> Referral:
    """Alice's referral of Dana, who signed up at noon."""
    deliver_and_handle(alice.tenant, SIGNED_UP)
    return Referral.objects.get()


def outcome(referral: Referral, told: Thing, *, at=NOON) -> str:
    return deliver_and_handle(referral.tenant, told, at=at).outcome


def test_paid_invoice_qualifies_and_rewards(dana: Referral):
    assert outcome(dana, paid()) == "paid 10000 USD: referral rewarded"

    action = Action.objects.get()
    assert (action.kind, action.key, action.amount, action.currency) == ("invoice", "in_1", 100_00, "USD")
    assert action.stripe_event == StripeEvent.objects.get(type="invoice.paid").event_id
    assert rewards_of(dana) == REWARDED


@pytest.mark.parametrize(
    ("fields", "base", "earned"),
    [
        ({"total": 100_00}, 100_00, [(25_00, "USD")]),
        ({"total": 120_00, "tax": 20_00}, 100_00, [(25_00, "USD")]),
        ({"total": 120_00, "tax": 20_00, "credit": 30_00}, 70_00, [(17_50, "USD")]),
        ({"total": 100_00, "credit": 99_99}, 1, []),  # a quarter of a cent is nothing
        ({"total": 100_02}, 100_02, [(25_00, "USD")]),  # 25.005 rounds to the even cent
        ({"total": 100_06}, 100_06, [(25_02, "USD")]),
        ({"total": 119_00, "tax": 19_00, "credit": 19_00, "currency": "eur"}, 81_00, [(20_25, "EUR")]),
        ({"total": 11_000, "tax": 1_000, "currency": "jpy"}, 10_000, [(2_500, "JPY")]),
        ({"total": 11_000, "tax": 1_000, "credit": 500, "currency": "jpy"}, 9_500, [(2_375, "JPY")]),
        ({"total": 10_000, "credit": 2_500, "currency": "kwd"}, 7_500, [(1_875, "KWD")]),
    ],
)
def test_percentage_is_of_what_was_paid_less_tax_and_account_credit(dana, fields, base, earned):
    outcome(dana, paid(**fields))

    assert Action.objects.get().amount == base
    assert list(Reward.objects.filter(side="referrer").values_list("amount", "currency")) == earned


@pytest.mark.parametrize(
    "fields",
    [
        {"total": 0},
        {"total": 100_00, "credit": 100_00},
        {"total": 20_00, "tax": 20_00},
        {"total": 120_00, "tax": 20_00, "credit": 110_00},
        {"total": -40_00, "amount_paid": 0},
        {"total": 0, "currency": "jpy"},
    ],
)
def test_nothing_paid_neither_qualifies_nor_is_a_first_payment(dana, fields):
    assert outcome(dana, paid("in_trial", **fields)) == "nothing was paid"
    dana.refresh_from_db()
    assert (dana.status, dana.referred.first_paid_at) == (Referral.Status.ATTRIBUTED, None)

    outcome(dana, paid("in_2"))

    assert rewards_of(dana) == REWARDED
    assert Person.objects.get(pk=dana.referred_id).first_payment == "in_2"


def test_trial_of_an_unknown_customer_makes_nobody_known(alice: Member):
    done = deliver_and_handle(alice.tenant, paid(total=0, metadata={"user_id": "dana", "referral_code": "ALICE"}))

    assert (done.status, done.outcome) == ("handled", "nothing was paid")
    assert Person.objects.get() == alice.person


def test_same_invoice_told_by_two_events_earns_once(dana: Referral):
    outcome(dana, paid())
    outcome(dana, paid())

    assert (rewards_of(dana), Action.objects.count()) == (REWARDED, 1)


def test_two_invoices_earn_twice_up_to_the_maximum(dana: Referral):
    for number in range(3):
        outcome(dana, paid(f"in_{number}", total=180_00))

    assert [amount for side, amount, _ in rewards_of(dana) if side == "referrer"] == [45_00, 45_00, 10_00]
    assert [amount for side, amount, _ in rewards_of(dana) if side == "referred"] == [10_00]


def test_invoices_of_two_currencies_are_never_added(dana: Referral):
    outcome(dana, paid("in_1", total=380_00))
    outcome(dana, paid("in_2", total=38_000, currency="jpy"))

    earned = Reward.objects.filter(side="referrer").order_by("id").values_list("amount", "currency")
    assert list(earned) == [(95_00, "USD"), (9_500, "JPY")]


def test_payment_belongs_to_the_time_it_was_made(dana: Referral):
    late = NOON + 40 * DAY

    assert outcome(dana, paid(paid_at=NOON + 29 * DAY), at=late) == "paid 10000 USD: referral rewarded"

    assert Action.objects.get().occurred_at == NOON + 29 * DAY


def test_payment_made_after_the_window_earns_nothing(dana: Referral):
    late = NOON + 30 * DAY

    assert outcome(dana, paid(paid_at=late), at=late) == "paid 10000 USD: referral expired"

    assert rewards_of(dana) == []


def test_invoice_that_does_not_say_when_it_was_paid_was_paid_when_stripe_told(dana: Referral):
    told = event("invoice.paid", invoice(status_transitions=None), created=NOON + DAY)

    outcome(dana, told, at=NOON + 2 * DAY)

    assert Action.objects.get().occurred_at == NOON + DAY


def test_invoice_of_a_customer_nobody_referred_makes_nobody_known(alice: Member):
    parked = deliver_and_handle(alice.tenant, paid())

    assert (parked.status, Person.objects.count()) == ("parked", 1)


def test_customer_nobody_referred_is_a_paying_customer_once_the_wait_is_over(alice: Member):
    tenant = alice.tenant
    deliver_and_handle(tenant, event("customer.created", customer(email="dana@dana.example")), paid())
    for hours in range(0, 120, 6):
        handle_due(at=NOON + timedelta(hours=hours))
    person = Person.objects.get(email="dana@dana.example")
    assert person.first_payment == "in_1"

    deliver_and_handle(tenant, SIGNED_UP, paid("in_2", paid_at=NOON + 6 * DAY), at=NOON + 6 * DAY)

    referral = Referral.objects.get()
    assert referral.status == Referral.Status.REVIEW_REQUIRED
    assert list(Signal.objects.values_list("code", flat=True)) == ["existing_customer"]
    assert list(Action.objects.values_list("key", flat=True)) == ["in_2"]


def test_one_off_checkout_attributes_and_earns(alice: Member):
    done = deliver_and_handle(alice.tenant, completed(one_off(total=120_00, tax=20_00, client_reference_id="ALICE")))

    action = Action.objects.get()
    assert done.outcome == "paid 10000 USD: referral rewarded"
    assert (action.kind, action.key, action.amount) == ("checkout", "pi_1", 100_00)
    assert rewards_of(Referral.objects.get()) == REWARDED


def test_one_off_checkout_told_twice_earns_once(alice: Member):
    session = one_off(client_reference_id="ALICE")

    deliver_and_handle(alice.tenant, completed(session), completed(session | {"id": "cs_2"}))

    assert rewards_of(Referral.objects.get()) == REWARDED


def test_one_off_checkout_without_a_payment_intent_is_known_by_its_own_id(alice: Member):
    deliver_and_handle(alice.tenant, completed(one_off("cs_7", payment_intent=None, client_reference_id="ALICE")))

    assert Action.objects.get().key == "cs_7"


def test_later_one_off_checkout_needs_to_name_no_code(dana: Referral):
    assert outcome(dana, completed(one_off("cs_2"))) == "paid 10000 USD: referral rewarded"


@pytest.mark.parametrize(
    "session",
    [
        checkout(client_reference_id="ALICE"),
        one_off(client_reference_id="ALICE", invoice="in_1"),
        one_off(client_reference_id="ALICE", payment_status="unpaid"),
        one_off(client_reference_id="ALICE", payment_status="no_payment_required"),
        one_off(client_reference_id="ALICE", total=0),
    ],
)
def test_checkout_that_brought_in_nothing_itself_attributes_alone(alice: Member, session: Thing):
    done = deliver_and_handle(alice.tenant, completed(session))

    assert done.outcome == "attributed"
    assert (Referral.objects.get().status, Action.objects.count()) == (Referral.Status.ATTRIBUTED, 0)


def test_checkout_and_its_invoice_are_one_payment(alice: Member):
    session = one_off(client_reference_id="ALICE", invoice="in_1")

    deliver_and_handle(alice.tenant, completed(session), paid("in_1"))

    assert list(Action.objects.values_list("kind", "key")) == [("invoice", "in_1")]
    assert rewards_of(Referral.objects.get()) == REWARDED


def test_one_off_payment_of_somebody_not_referred_makes_them_a_paying_customer(alice: Member):
    done = deliver_and_handle(alice.tenant, completed(one_off(email="dana@dana.example")))

    assert done.outcome == "not referred: it names no code of ours"
    assert Person.objects.get(email="dana@dana.example").first_payment == "pi_1"


def test_guest_without_a_customer_is_known_by_email(alice: Member):
    guest = {"customer": None, "email": "dana@dana.example"}

    deliver_and_handle(alice.tenant, completed(one_off(client_reference_id="ALICE", **guest)))
    deliver_and_handle(alice.tenant, completed(one_off("cs_2", payment_intent="pi_2", **guest)))

    assert list(Action.objects.values_list("key", flat=True)) == ["pi_1", "pi_2"]
    assert Referral.objects.get().referred.email == "dana@dana.example"


def test_payment_under_a_held_referral_is_kept_for_the_reviewer(dana: Referral):
    Referral.objects.update(referrer_moderation="PENDING")

    assert outcome(dana, paid()) == "paid 10000 USD: referral review_required"

    assert (
        Reward.objects.filter(side="referrer").count(),
        LedgerEntry.objects.filter(reward__side="referrer").count(),
    ) == (0, 0)
    assert check_books(at=NOON).differences == []


def test_invoice_paid_days_before_the_sign_up_is_that_of_an_existing_customer(alice: Member):
    known = event("customer.created", customer(email="dana@dana.example"))
    deliver_and_handle(alice.tenant, known, event("invoice.paid", invoice()))
    later = NOON + timedelta(days=2)

    signed_up = event("checkout.session.completed", checkout(client_reference_id="ALICE"), created=later)
    deliver_and_handle(alice.tenant, signed_up, at=later)

    referral = Referral.objects.get(referrer=alice)
    assert (referral.status, referral.risk_flags) == ("review_required", ["existing_customer"])
