"""The list of events, and events that come about without being asked for."""

import pytest

from config.demo.stripe import objects
from tests.cast import NOON
from tests.config.demo.stripe.worlds import TRANSFER, refusal, thing_of, types


def test_events_are_listed_newest_first_page_by_page(v1, fake, clock):
    for _ in range(25):
        v1.transfers.create(TRANSFER)
        clock.go_on(seconds=0.4)
    whole = [event["id"] for event in fake.take_events("transfer.created")][::-1]

    first = v1.events.list({"limit": 10, "type": "transfer.created"})
    second = v1.events.list({"limit": 10, "type": "transfer.created", "starting_after": first.data[-1].id})
    third = v1.events.list({"limit": 10, "type": "transfer.created", "starting_after": second.data[-1].id})
    back = v1.events.list({"limit": 10, "ending_before": third.data[0].id})

    assert [event.id for page in (first, second, third) for event in page.data] == whole
    assert [page.has_more for page in (first, second, third, back)] == [True, True, False, True]
    assert [event.id for event in back.data] == [event.id for event in second.data]
    assert [event.id for event in v1.events.list({"limit": 7, "type": "transfer.*"}).auto_paging_iter()] == whole


def test_events_are_listed_by_type_and_time(v1, clock):
    v1.transfers.create(TRANSFER)
    clock.go_on(hours=1)
    v1.customers.create({})
    hour = int(clock().timestamp())

    def found(**filters):
        return [event.type for event in v1.events.list(filters).data]

    assert found(types=["transfer.created", "customer.updated"]) == ["transfer.created"]
    assert found(types=["transfer.*", "customer.*"], created={"gte": hour}) == ["customer.created"]
    assert found(created={"gt": hour}) == []
    assert found(created={"lte": hour - 3600}) == ["transfer.created", "customer.created"]


def test_an_event_is_retrieved_as_it_was_told(v1, fake):
    v1.transfers.create(TRANSFER)
    (told,) = fake.take_events()

    assert v1.events.retrieve(told["id"]).to_dict() == told
    assert refusal(v1.events.retrieve, "evt_no") == (404, "resource_missing", "id")


def test_listeners_hear_of_what_is_done(v1, fake):
    heard = []
    fake.listeners.append(lambda event: heard.append((event["type"], fake.store.count("transfer"))))

    v1.transfers.create(TRANSFER)

    assert heard == [("transfer.created", 1)]


def test_an_event_that_is_put_there_is_listed_and_told_to_nobody(v1, fake):
    fake.put(objects.event("invoice.paid", {"object": "invoice"}, event_id="evt_mine", at=NOON))

    assert [event.id for event in v1.events.list({"type": "invoice.paid"}).data] == ["evt_mine"]
    assert fake.take_events() == []


def test_a_customers_credit_pays_first(v1, fake):
    v1.customers.balance_transactions.create("cus_dana", {"amount": -30_00, "currency": "usd"})

    told = fake.pay_invoice("cus_dana", 100_00, tax=19_00, invoice="in_1", metadata={"user_id": "dana"})

    assert types(told) == ["customer.updated", "charge.succeeded", "invoice.paid", "invoice_payment.paid"]
    _, charge, invoice, payment = map(thing_of, told)
    assert (invoice["total"], invoice["total_excluding_tax"], invoice["starting_balance"]) == (119_00, 100_00, -30_00)
    assert (invoice["amount_paid"], charge["amount"], payment["amount_paid"]) == (89_00, 89_00, 89_00)
    assert (payment["payment"]["payment_intent"], payment["invoice"]) == (charge["payment_intent"], "in_1")
    assert "payments" not in invoice
    assert v1.customers.retrieve("cus_dana").balance == 0
    (used, _) = v1.customers.balance_transactions.list("cus_dana").data
    assert (used.type, used.amount, used.invoice) == ("applied_to_invoice", 30_00, "in_1")


def test_an_invoice_that_credit_pays_whole_has_no_charge(v1, fake):
    v1.customers.balance_transactions.create("cus_dana", {"amount": -150_00, "currency": "usd"})

    told = fake.pay_invoice("cus_dana", 100_00)

    assert types(told) == ["customer.updated", "invoice.paid"]
    assert v1.customers.retrieve("cus_dana").balance == -50_00


def test_a_refund_fails_later_and_the_charge_is_as_before(v1, fake):
    charge = thing_of(fake.pay_invoice("cus_dana", 100_00)[0])
    refund = thing_of(fake.refund(charge=charge["id"], amount=40_00, status="pending")[0])

    told = fake.fail_refund(refund["id"])

    assert types(told) == ["refund.updated", "refund.failed", "charge.updated"]
    assert [thing_of(event)["status"] for event in told[:2]] == ["failed", "failed"]
    assert thing_of(told[0])["failure_reason"] == "expired_or_canceled_card"
    assert told[0]["data"]["previous_attributes"]["status"] == "pending"
    assert (thing_of(told[2])["amount_refunded"], v1.charges.retrieve(charge["id"]).amount_refunded) == (0, 0)


@pytest.mark.parametrize(("won", "kinds"), [(True, ["closed", "funds_reinstated"]), (False, ["closed"])])
def test_a_dispute_is_opened_and_closed(v1, fake, won, kinds):
    charge = thing_of(fake.pay_invoice("cus_dana", 100_00)[0])

    opened = fake.open_dispute(charge["id"], amount=60_00)
    closed = fake.close_dispute(thing_of(opened[0])["id"], won=won)

    assert types(opened) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert types(closed) == [f"charge.dispute.{kind}" for kind in kinds]
    dispute = thing_of(closed[0])
    about = {"charge": charge["id"], "payment_intent": charge["payment_intent"], "amount": 60_00}
    assert dispute == dispute | about | {"status": "won" if won else "lost"}
    assert v1.charges.retrieve(charge["id"]).disputed


def test_a_credit_note_gives_part_back_by_card_and_part_as_credit(v1, fake):
    fake.pay_invoice("cus_dana", 100_00, invoice="in_1")

    told = fake.credit_invoice("in_1", 30_00, refund=20_00)

    assert types(told) == [
        "refund.created",
        "charge.refunded",
        "customer.updated",
        "credit_note.created",
        "invoice.updated",
    ]
    note = thing_of(told[3])
    assert (note["amount"], note["post_payment_amount"], note["pre_payment_amount"]) == (30_00, 30_00, 0)
    assert [(part["refund"], part["amount_refunded"]) for part in note["refunds"]] == [(thing_of(told[0])["id"], 20_00)]
    assert v1.customers.retrieve("cus_dana").balance == -10_00
    assert v1.invoices.retrieve("in_1").post_payment_credit_notes_amount == 30_00

    voided = fake.void_credit_note(note["id"])
    assert types(voided) == ["credit_note.voided", "invoice.updated"]
    assert (thing_of(voided[0])["status"], thing_of(voided[1])["post_payment_credit_notes_amount"]) == ("void", 0)


def test_an_invoice_is_voided(fake):
    fake.pay_invoice("cus_dana", 100_00, invoice="in_1")

    (event,) = fake.void_invoice("in_1")
    assert (event["type"], thing_of(event)["status"]) == ("invoice.voided", "void")


def test_a_transfer_is_reversed_by_hand(v1, fake):
    made = v1.transfers.create(TRANSFER)

    (event,) = fake.reverse_transfer(made.id, amount=200)

    assert (event["type"], thing_of(event)["id"], thing_of(event)["amount_reversed"]) == (
        "transfer.reversed",
        made.id,
        200,
    )
    assert v1.transfers.retrieve(made.id).amount_reversed == 200


def test_an_account_loses_what_it_could(v1, fake):
    (event,) = fake.change_account("acct_dana", capabilities={"transfers": "inactive"}, payouts_enabled=False)

    assert (event["type"], event["account"]) == ("account.updated", "acct_dana")
    assert event["data"]["previous_attributes"] == {"capabilities": {"transfers": "active"}, "payouts_enabled": True}
    assert refusal(v1.transfers.create, TRANSFER) == (400, "insufficient_capabilities_for_transfer", None)
