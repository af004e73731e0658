"""Which invoice a refund belongs to, where only Stripe itself can tell."""

from credits.models import Payment, Reversal
from credits.services.payments import know_payment
from credits.services.reversals import link_action, record_reversal
from payouts.services.links import find_invoices
from tests.cast import NOON, make_referral, pay, rewards_of
from tests.payouts.cast import LATER


def tell_refund(tenant, names, amount):
    payment = know_payment(tenant, names, at=NOON)
    record_reversal(
        payment,
        key="re_1",
        kind=Reversal.Kind.REFUND,
        state=Reversal.State.STANDS,
        amount=amount,
        told_at=NOON,
        at=NOON,
    )


def test_a_refund_of_an_unknown_payment_is_looked_up_once(acme, alice, transfers, stripe):
    stripe.open_customer("cus_dana")
    stripe.pay_invoice("cus_dana", 100_00, invoice="in_1")
    intent = stripe.store.select("invoice_payment")[0]["payment"]["payment_intent"]
    referral = make_referral(alice, "dana")
    action = pay(referral, 100_00, key="in_1")
    link_action(know_payment(acme, ["in_1"], at=NOON), action, paid_amount=100_00, at=NOON)
    tell_refund(acme, ["ch_1", intent], 100_00)
    assert rewards_of(referral)[0][2] == "pending"

    assert find_invoices(at=LATER) == 1

    assert [status for _, _, status in rewards_of(referral)] == ["reverted", "reverted"]
    assert Payment.objects.count() == 1
    asked = len(stripe.requests)
    assert (find_invoices(at=LATER), len(stripe.requests)) == (0, asked)


def test_a_payment_that_is_no_invoice_is_not_sought_again(acme, transfers, stripe):
    tell_refund(acme, ["ch_1", "pi_elsewhere"], 100_00)

    assert find_invoices(at=LATER) == 0
    assert Payment.objects.get().sought_at == LATER


def test_an_answer_that_did_not_come_is_asked_for_again(acme, transfers, stripe):
    tell_refund(acme, ["ch_1", "pi_elsewhere"], 100_00)
    stripe.fail("lost_before", times=3)

    assert find_invoices(at=LATER) == 0
    assert Payment.objects.get().sought_at is None


def test_without_a_key_nothing_is_asked(acme, stripe):
    tell_refund(acme, ["ch_1", "pi_1"], 100_00)

    assert (find_invoices(at=LATER), list(stripe.requests)) == (0, [])
