"""Customers pay their invoices."""

from datetime import datetime, timedelta

from config.demo.seed.world import World
from config.demo.stripe_objects import Payer, Price, charge, invoice


def bill(world: World, payer: Payer, price: Price, *, number: str, card: str, at: datetime) -> str:
    """An invoice is paid. Where a card is named Stripe also tells of the charge, whose id is returned: what Stripe
    knows of a charge can be refunded or disputed.
    """
    name = world.new_id("in_1")
    intent = world.new_id("pi_3") if card else ""
    thing = invoice(payer, price, invoice_id=name, number=number, at=at, payment_intent=intent)
    if not card:
        world.tell("invoice.paid", thing, at=at + timedelta(seconds=3))
        return ""
    paid = charge(payer, price, charge_id=world.new_id("ch_1"), card=card, at=at, payment_intent=intent)
    (payment,) = thing["payments"]["data"]
    world.stripe.put(paid, thing, payment)
    world.tell("charge.succeeded", paid, at=at)
    world.tell("invoice.paid", thing, at=at + timedelta(seconds=3))
    world.tell("invoice_payment.paid", payment, at=at + timedelta(seconds=4))
    return str(paid["id"])
