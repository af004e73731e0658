"""Refunds, credit notes, voids and disputes as Stripe tells of them, in today's shapes and in older ones."""

from datetime import timedelta

import pytest

from credits.models import Payment, Reversal, Reward
from credits.services.books import check_books
from credits.services.payments import know_payment
from payouts.handlers.dispatch import handle_due
from payouts.handlers.names import names_of
from payouts.models import StripeEvent
from referrals.models import Action, Member, Person
from tests.cast import NOON
from tests.stripe_objects import (
    Thing,
    charge,
    checkout,
    credit_note,
    deliver,
    deliver_and_handle,
    dispute,
    event,
    invoice,
    invoice_payment,
    one_off,
    refund,
)

S = StripeEvent.Status
SECOND = timedelta(seconds=1)
SIGNED_UP = event("checkout.session.completed", checkout(client_reference_id="ALICE"))
PAID = event("invoice.paid", invoice())
LINKED = event("invoice_payment.paid", invoice_payment())
OLD_NAMES = {"charge": "ch_1", "payment_intent": "pi_1"}


@pytest.fixture
def paid(alice: Member) -> Member:
    """Dana paid 100.00 USD: 25.00 for Alice, 10.00 for Dana."""
    deliver_and_handle(alice.tenant, SIGNED_UP, LINKED, PAID)
    return alice


def tell(member: Member, kind: str, thing: Thing, *, created=NOON) -> str:
    done = deliver_and_handle(member.tenant, event(kind, thing, created=created))
    assert done.status == S.HANDLED, (done.outcome, done.error)
    return done.outcome


def taken() -> list[int]:
    assert check_books(at=NOON).differences == []
    return list(Reward.objects.order_by("-side").values_list("reversed_amount", flat=True))


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "charge.refund.updated"])
def test_refund_takes_its_part(paid, kind):
    assert tell(paid, kind, refund(amount=40_00)) == "refund succeeded: 4000 of 10000 USD went back"

    assert taken() == [10_00, 4_00]


@pytest.mark.parametrize(
    ("status", "back"),
    [("pending", 4_00), ("succeeded", 4_00), ("requires_action", 0), ("failed", 0), ("canceled", 0), (None, 4_00)],
)
def test_refund_counts_by_its_status(paid, status, back):
    tell(paid, "refund.updated", refund(amount=40_00) | {"status": status})

    assert taken()[1] == back


def test_refund_that_fails_restores(paid):
    tell(paid, "refund.created", refund(amount=40_00, status="pending"))

    outcome = tell(paid, "refund.failed", refund(amount=40_00, status="failed"), created=NOON + SECOND)

    assert outcome == "refund failed: 0 of 10000 USD went back"
    assert taken() == [0, 0]


def test_refund_of_an_unknown_status_fails_visibly(paid):
    done = deliver_and_handle(paid.tenant, event("refund.created", refund(status="halfway")))

    assert (done.status, done.error) == (S.FAILED, "KeyError: 'halfway'")
    assert taken() == [0, 0]


def test_refund_before_everything_else_waits_for_nothing(alice):
    outcome = tell(alice, "refund.created", refund(amount=40_00))
    assert outcome == "refund succeeded: of a payment not told of yet"

    deliver_and_handle(alice.tenant, SIGNED_UP, PAID)
    assert taken() == [0, 0]
    tell(alice, "invoice_payment.paid", invoice_payment())

    assert taken() == [10_00, 4_00]


def test_refund_is_a_part_of_what_was_charged_with_tax(alice):
    taxed = event("invoice.paid", invoice(total=119_00, tax=19_00))
    deliver_and_handle(alice.tenant, SIGNED_UP, LINKED, taxed)

    tell(alice, "refund.created", refund(amount=59_50))

    assert taken() == [12_50, 5_00]
    assert Action.objects.get().reversed_amount == 50_00


def test_refund_in_another_currency_is_an_error_of_its_own(paid):
    done = deliver_and_handle(paid.tenant, event("refund.created", refund(currency="eur")))

    assert (done.status, done.error) == (S.FAILED, "CurrencyDiffers: re_1 is in EUR, in_1 in USD")
    assert (taken(), Reversal.objects.count()) == ([0, 0], 0)


def test_payment_of_another_tenant_is_not_touched(paid, globex):
    deliver_and_handle(globex, event("refund.created", refund()))

    assert taken() == [0, 0]


OLD = {
    "invoice names charge and intent": [event("invoice.paid", invoice() | OLD_NAMES)],
    "charge names its invoice": [PAID, event("charge.succeeded", charge() | {"invoice": "in_1"})],
    "charge names its expanded invoice": [PAID, event("charge.succeeded", charge() | {"invoice": invoice()})],
    "intent names its invoice": [
        PAID,
        event("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1", "invoice": "in_1"}),
    ],
    "invoice lists its payments": [event("invoice.paid", invoice(payment_intent="pi_1"))],
}


@pytest.mark.parametrize("shape", OLD)
def test_other_shapes_name_the_payment_too(alice, shape):
    deliver_and_handle(alice.tenant, SIGNED_UP, *OLD[shape])

    tell(alice, "refund.created", refund(amount=40_00))

    assert taken() == [10_00, 4_00]


def test_charge_tells_the_sum_of_its_refunds_where_no_refund_is_told(paid):
    for amount in (30_00, 70_00, 70_00):
        tell(paid, "charge.refunded", charge(payment_intent="pi_1", amount_refunded=amount))

    assert taken() == [17_50, 7_00]
    tell(paid, "refund.created", refund("re_1", amount=30_00))
    tell(paid, "refund.created", refund("re_2", amount=40_00))
    assert taken() == [17_50, 7_00]


def test_older_charge_lists_its_refunds(paid):
    thing = charge(payment_intent="pi_1", amount_refunded=70_00)
    thing["refunds"]["data"] = [refund("re_1", amount=30_00), refund("re_2", amount=40_00)]

    tell(paid, "charge.refunded", thing)

    assert sorted(Reversal.objects.values_list("key", "kind", "amount")) == [
        ("ch_1", "refunds", 70_00), ("re_1", "refund", 30_00), ("re_2", "refund", 40_00),
    ]  # fmt: skip
    assert taken() == [17_50, 7_00]


def test_credit_note_counts_what_no_refund_of_it_counts(paid):
    outcome = tell(paid, "credit_note.created", credit_note(amount=50_00, refunds=[("re_1", 20_00)]))

    assert outcome == "credit note issued: 5000 of 10000 USD went back"
    tell(paid, "refund.created", refund("re_1", amount=20_00))
    assert taken() == [12_50, 5_00]


def test_voided_credit_note_gives_back_all_but_its_refunds(paid):
    told = {"amount": 50_00, "refunds": [("re_1", 20_00)]}
    tell(paid, "credit_note.created", credit_note(**told))

    tell(paid, "credit_note.voided", credit_note(status="void", **told), created=NOON + SECOND)

    assert taken() == [5_00, 2_00]


def test_refund_that_fails_is_not_kept_by_its_credit_note(paid):
    tell(paid, "refund.failed", refund("re_1", amount=20_00, status="failed"))

    tell(paid, "credit_note.created", credit_note(amount=20_00, refunds=[("re_1", 20_00)]), created=NOON + SECOND)

    assert taken() == [0, 0]


def test_credit_note_before_payment_is_none_of_ours(paid):
    told = credit_note(amount=20_00, is_paid=False)

    assert tell(paid, "credit_note.created", told) == "nothing of it had been paid"
    assert taken() == [0, 0]


@pytest.mark.parametrize(
    ("fields", "back"),
    [
        ({"type": "post_payment"}, [5_00, 2_00]),
        ({"type": "pre_payment"}, [0, 0]),
        ({"type": "post_payment", "refund": "re_1"}, [5_00, 2_00]),
        ({"type": "post_payment", "refund": "re_1", "out_of_band_amount": 10_00}, [5_00, 2_00]),
    ],
)
def test_older_credit_note_says_by_its_type_whether_it_was_paid(paid, fields, back):
    thing = credit_note(amount=20_00)
    for name in ("post_payment_amount", "pre_payment_amount", "refunds"):
        del thing[name]

    tell(paid, "credit_note.created", thing | fields)

    assert taken() == back


def test_voided_invoice_gives_back_everything(paid):
    outcome = tell(paid, "invoice.voided", invoice(status="void"))

    assert (outcome, taken()) == ("invoice voided: 10000 of 10000 USD went back", [25_00, 10_00])


OPEN = ["needs_response", "under_review", "warning_needs_response", "warning_under_review", "appeal_under_review"]


@pytest.mark.parametrize("status", OPEN)
def test_open_dispute_freezes(paid, status):
    outcome = tell(paid, "charge.dispute.created", dispute(amount=60_00, status=status))

    assert outcome == f"dispute {status}: 0 of 10000 USD went back, disputed"
    assert Reward.objects.filter(frozen_at=NOON).count() == 2
    assert taken() == [0, 0]


@pytest.mark.parametrize(
    ("status", "back"),
    [("lost", [15_00, 6_00]), ("won", [0, 0]), ("warning_closed", [0, 0]), ("charge_refunded", [0, 0])],
)
def test_closed_dispute_thaws_and_takes_its_own_amount_if_lost(paid, status, back):
    tell(paid, "charge.dispute.created", dispute(amount=60_00))

    tell(paid, "charge.dispute.closed", dispute(amount=60_00, status=status), created=NOON + SECOND)

    assert (taken(), Reward.objects.filter(frozen_at=None).count()) == (back, 2)


def test_dispute_that_is_won_on_appeal_gives_back_what_was_lost(paid):
    for seconds, status in enumerate(["needs_response", "lost", "appeal_under_review"]):
        tell(paid, "charge.dispute.updated", dispute(status=status), created=NOON + seconds * SECOND)
    assert taken() == [25_00, 10_00]

    tell(paid, "charge.dispute.funds_reinstated", dispute(status="won"), created=NOON + 9 * SECOND)

    assert taken() == [0, 0]


@pytest.mark.parametrize(("moved", "back"), [([], 0), ([{"amount": -40_00}], 4_00), ([{"amount": -100_00}], 6_00)])
def test_prevented_dispute_takes_what_was_withdrawn_for_it(paid, moved, back):
    tell(paid, "charge.dispute.closed", dispute(amount=60_00, status="prevented", balance_transactions=moved))

    assert taken()[1] == back


def test_one_off_payment_is_refunded_by_its_intent(alice):
    deliver_and_handle(alice.tenant, event("checkout.session.completed", one_off(client_reference_id="ALICE")))

    tell(alice, "refund.created", refund(amount=40_00))

    assert taken() == [10_00, 4_00]


def test_bank_debit_earns_once_it_has_arrived(alice):
    waiting = one_off(client_reference_id="ALICE", payment_status="unpaid")
    assert tell(alice, "checkout.session.completed", waiting) == "attributed"

    outcome = tell(alice, "checkout.session.async_payment_succeeded", one_off(client_reference_id="ALICE"))

    assert outcome == "paid 10000 USD: referral rewarded"


def test_checkout_that_makes_an_invoice_leaves_earning_to_it(alice):
    session = one_off(client_reference_id="ALICE", invoice_creation={"enabled": True})

    assert tell(alice, "checkout.session.completed", session) == "attributed"


def test_name_typed_at_the_checkout_is_the_payers(alice):
    session = one_off(client_reference_id="ALICE")
    session["customer_details"] |= {"email": "dana@dana.example", "name": "Dana Dyk"}

    tell(alice, "checkout.session.completed", session)

    assert Person.objects.get(email="dana@dana.example").display_name == "Dana Dyk"


def test_payment_told_of_under_another_name_earns_once(alice):
    """A one-off checkout, and an invoice that turns out to be paid by the same payment intent."""
    deliver_and_handle(alice.tenant, event("checkout.session.completed", one_off(client_reference_id="ALICE")), LINKED)

    assert tell(alice, "invoice.paid", invoice()) == "counted already, as pi_1"
    assert Action.objects.get().key == "pi_1"


def test_payment_that_earned_under_two_names_is_taken_back_under_one(alice):
    deliver_and_handle(alice.tenant, event("checkout.session.completed", one_off(client_reference_id="ALICE")), PAID)
    assert Action.objects.count() == 2

    tell(alice, "invoice_payment.paid", invoice_payment())

    left = {
        reward.action.key: reward.amount - reward.reversed_amount for reward in Reward.objects.filter(side="referrer")
    }
    assert left == {"pi_1": 0, "in_1": 25_00}
    assert check_books(at=NOON).differences == []


def test_second_invoice_of_one_payment_fails_visibly(paid):
    tell(paid, "invoice_payment.paid", invoice_payment("inpay_2", invoice="in_2"))

    done = deliver_and_handle(paid.tenant, event("invoice.paid", invoice("in_2")))

    assert (done.status, done.error) == (S.FAILED, "TwoInvoices: in_2 and in_1 are said to be one payment")


def test_replayed_event_changes_nothing(paid):
    stored, _ = deliver(paid.tenant, event("refund.created", refund(amount=40_00)))
    for _ in range(3):
        StripeEvent.objects.filter(pk=stored.pk).update(status=S.RECEIVED)
        handle_due(at=NOON)

    assert taken() == [10_00, 4_00]


NAMES = {
    "invoice": (invoice() | OLD_NAMES, {"in_1", "pi_1", "ch_1"}),
    "invoice with expanded names": (invoice() | {"charge": charge("ch_2")}, {"in_1", "ch_2"}),
    "invoice with payments": (invoice(payment_intent="pi_9"), {"in_1", "pi_9"}),
    "invoice payment": (invoice_payment(), {"in_1", "pi_1"}),
    "charge": (charge(payment_intent="pi_1"), {"ch_1", "pi_1"}),
    "refund": (refund(), {"re_1", "ch_1", "pi_1"}),
    "refund of an expanded charge": (refund(charge=charge("ch_2"), payment_intent=None), {"re_1", "ch_2"}),
    "dispute": (dispute(), {"ch_1", "pi_1"}),
    "credit note": (credit_note(refunds=[("re_1", 1), ("re_2", 2)]), {"in_1", "re_1", "re_2"}),
    "checkout": (checkout(), {"cs_1", "in_1"}),
    "one-off checkout": (one_off(), {"cs_1", "pi_1"}),
    "intent": ({"object": "payment_intent", "id": "pi_1", "latest_charge": "ch_1"}, {"pi_1", "ch_1"}),
    "nothing": ({"object": "refund", "id": None, "charge": None, "payment_intent": 5}, set()),
}


@pytest.mark.parametrize("shape", NAMES)
def test_object_means_a_payment_by_these_names(shape):
    thing, names = NAMES[shape]

    assert names_of(thing) == names


def test_names_of_one_thing_link_nothing(alice):
    told = {"object": "payment_intent", "id": "pi_1", "latest_charge": None}

    assert tell(alice, "payment_intent.succeeded", told) == "it names one thing only"
    assert Payment.objects.count() == 0


def test_names_are_known_before_the_payment_is(alice):
    assert tell(alice, "invoice_payment.paid", invoice_payment()) == "one payment: in_1, pi_1"

    assert know_payment(alice.tenant, ["pi_1"], at=NOON) == know_payment(alice.tenant, ["in_1"], at=NOON)
