"""What happens at Stripe without being asked over the API: its customers pay, banks refuse, staff refund by hand."""

from collections.abc import Callable
from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.billing import credit, note_credit, pay
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change
from config.demo.stripe.resources.payments import find_charge, note_refunds, refund_charge
from config.demo.stripe.resources.transfers import create_reversal
from config.demo.stripe.store import Store


class Happenings:
    """Each method lets one thing happen and returns the events of it, oldest first, each a whole event object."""

    store: Store

    def happen(self, act: Callable[[Call], object]) -> list[StripeObject]:
        raise NotImplementedError

    def put(self, *things: StripeObject) -> None:
        """Let Stripe know whole objects, an event among them, without any other effect."""
        with self.store.transaction():
            for thing in things:
                self.store.put(thing)

    def set_balance(self, currency: str, amount: int, *, account: str = "") -> None:
        """What the platform, or a connected account, has to send. Before it is set there is no limit."""
        self.store.set_balance(currency, amount, account=account)

    def open_account(self, key: str = "", *, transfers: str = "active", **fields: Any) -> StripeObject:
        """A connected account that is ready to be paid, or not."""
        made: list[StripeObject] = []

        def act(call: Call) -> None:
            account = objects.account(key or new_id("acct_1", 15), at=call.at, transfers=transfers, **fields)
            made.append(call.put(account))

        self.happen(act)
        return made[0]

    def open_customer(self, key: str = "", **fields: Any) -> StripeObject:
        made: list[StripeObject] = []

        def act(call: Call) -> None:
            customer = objects.customer(
                key or new_id("cus_", 14), at=call.at, **({"invoice_credit_balance": {}} | fields)
            )
            made.append(call.put(customer))
            call.tell("customer.created", customer)

        self.happen(act)
        return made[0]

    def change_account(self, account: str, **changes: Any) -> list[StripeObject]:
        """`change_account("acct_1", capabilities={"transfers": "inactive"}, payouts_enabled=False)`"""

        def act(call: Call) -> None:
            thing = call.find("account", account)
            previous = change(call, thing, changes)
            call.tell("account.updated", thing, previous=previous, account=account)

        return self.happen(act)

    def pay_invoice(
        self,
        customer: str,
        amount: int,
        *,
        currency: str = "usd",
        tax: int = 0,
        invoice: str = "",
        card: str = "fp_fake",
        **fields: Any,
    ) -> list[StripeObject]:
        """A customer pays an invoice of `amount` and its tax: with credit of theirs first, the rest by card.

        Events: charge.succeeded, invoice.paid and invoice_payment.paid; only the second where credit paid all of it.
        """
        return self.happen(
            lambda call: pay(call, customer, amount + tax, currency=currency, tax=tax, key=invoice, card=card, **fields)
        )

    def refund(
        self,
        *,
        charge: str = "",
        payment_intent: str = "",
        amount: int | None = None,
        status: str = "succeeded",
        **fields: Any,
    ) -> list[StripeObject]:
        """Events: refund.created and charge.refunded."""

        def act(call: Call) -> None:
            thing = find_charge(call, charge=charge, payment_intent=payment_intent)
            refund_charge(call, thing, amount=amount, status=status, **fields)

        return self.happen(act)

    def fail_refund(self, refund: str, *, reason: str = "expired_or_canceled_card") -> list[StripeObject]:
        """A refund that was under way or done turns out to have failed. Events: refund.updated, refund.failed, and
        charge.updated as the charge's figures go back.
        """

        def act(call: Call) -> None:
            thing = call.find("refund", refund)
            done = {"status": "failed", "failure_reason": reason, "failure_balance_transaction": new_id("txn_1")}
            previous = change(call, thing, done)
            call.tell("refund.updated", thing, previous=previous)
            call.tell("refund.failed", thing)
            note_refunds(call, call.find("charge", thing["charge"]), told_as="charge.updated")

        return self.happen(act)

    def open_dispute(self, charge: str, *, amount: int | None = None, **fields: Any) -> list[StripeObject]:
        """Events: charge.dispute.created and charge.dispute.funds_withdrawn."""

        def act(call: Call) -> None:
            thing = call.find("charge", charge)
            dispute = objects.dispute(
                new_id("dp_1"),
                charge=charge,
                payment_intent=thing["payment_intent"],
                amount=thing["amount"] if amount is None else amount,
                currency=thing["currency"],
                at=call.at,
                **fields,
            )
            call.put(dispute)
            change(call, thing, {"disputed": True})
            call.tell("charge.dispute.created", dispute)
            call.tell("charge.dispute.funds_withdrawn", dispute)

        return self.happen(act)

    def close_dispute(self, dispute: str, *, won: bool) -> list[StripeObject]:
        """Events: charge.dispute.closed, and charge.dispute.funds_reinstated when it was won."""

        def act(call: Call) -> None:
            thing = call.find("dispute", dispute)
            previous = change(call, thing, {"status": "won" if won else "lost"})
            call.tell("charge.dispute.closed", thing, previous=previous)
            if won:
                call.tell("charge.dispute.funds_reinstated", thing)

        return self.happen(act)

    def credit_invoice(self, invoice: str, amount: int, *, refund: int = 0, **fields: Any) -> list[StripeObject]:
        """A credit note, of which `refund` goes back to the card and the rest to the customer's credit balance.

        Events: those of the refund and of the balance, credit_note.created, invoice.updated.
        """
        return self.happen(lambda call: credit(call, invoice, amount, refund=refund, **fields))

    def void_credit_note(self, credit_note: str) -> list[StripeObject]:
        """Events: credit_note.voided and invoice.updated."""

        def act(call: Call) -> None:
            note = call.find("credit_note", credit_note)
            previous = change(call, note, {"status": "void", "voided_at": objects.seconds(call.at)})
            call.tell("credit_note.voided", note, previous=previous)
            note_credit(call, call.find("invoice", note["invoice"]), -note["amount"])

        return self.happen(act)

    def void_invoice(self, invoice: str) -> list[StripeObject]:
        """Event: invoice.voided."""

        def act(call: Call) -> None:
            thing = call.find("invoice", invoice)
            transitions = thing["status_transitions"] | {"voided_at": objects.seconds(call.at)}
            previous = change(call, thing, {"status": "void", "status_transitions": transitions})
            call.tell("invoice.voided", thing, previous=previous)

        return self.happen(act)

    def reverse_transfer(self, transfer: str, *, amount: int | None = None) -> list[StripeObject]:
        """By hand, in Stripe's dashboard. Event: transfer.reversed."""
        params = {} if amount is None else {"amount": amount}

        def act(call: Call) -> None:
            create_reversal(Call(call.store, call.at, ids=(transfer,), params=params, events=call.events))

        return self.happen(act)
