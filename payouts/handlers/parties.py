"""Whom a Stripe object is about: the person who pays, and whose referral they are."""

from datetime import datetime, timedelta

from django.db.models import Q

from credits.services.payments import lock_names
from credits.services.rewards import reassess
from payouts.handlers.stripe_objects import (
    StripeObject,
    card_fingerprints,
    id_of,
    metadata,
    promotion_codes,
    text,
)
from payouts.models import StripeEvent
from payouts.services.inbox import hurry
from referrals.errors import ReferralError
from referrals.models import Attribution, Code, Identifier, Person, Referral
from referrals.services.people import add_person, find_person, note_identifier, update_person, upsert_person
from referrals.services.qualification import note_payment
from referrals.services.referrals import find_code, find_touch, refer
from tenants.models import Tenant

HOUR = timedelta(hours=1)
LENGTHS = {"external_id": 255, "email": 320, "first_name": 200, "last_name": 200}


def customer_of(thing: StripeObject) -> str:
    return text(thing, "id") if text(thing, "object") == "customer" else id_of(thing.get("customer"))


def email_of(thing: StripeObject) -> str:
    places = [("email",), ("customer_email",), ("customer_details", "email"), ("billing_details", "email")]
    return next(filter(None, (text(thing, *place) for place in places)), "")


def name_of(thing: StripeObject) -> str:
    places = [("name",), ("customer_name",), ("customer_details", "name")]
    return next(filter(None, (text(thing, *place) for place in places)), "")


def lock_payer(tenant: Tenant, thing: StripeObject) -> None:
    """Handle one event of a payer at a time, until the transaction ends.

    Stripe tells of a new customer in several events at once. Of two workers, neither would see the person that the
    other adds: there would be two, and the payment of the one would miss the referral of the other.
    """
    names = [metadata(thing, "user_id"), customer_of(thing), email_of(thing).lower()]
    lock_names(tenant, filter(None, names))


def find_payer(tenant: Tenant, thing: StripeObject) -> Person | None:
    """By `metadata.user_id`, the tenant's own id; else by a customer seen before; else by e-mail."""
    return find_person(
        tenant, external_id=metadata(thing, "user_id"), customer_id=customer_of(thing), email=email_of(thing)
    )


def know_payer(tenant: Tenant, thing: StripeObject, *, at: datetime) -> Person:
    """The person who pays, added if need be, with every mark that the object shows."""
    external_id = metadata(thing, "user_id")
    person = find_payer(tenant, thing)
    if person is None:
        person = upsert_person(tenant, external_id=external_id, at=at) if external_id else add_person(tenant, at=at)
    fill_in(person, thing, at=at)
    return person


def fill_in(person: Person, thing: StripeObject, *, at: datetime) -> None:
    """Complete what we do not know of a person, and note the customer and the cards; nothing known is overwritten."""
    first, _, last = name_of(thing).partition(" ")
    offered = {
        "external_id": metadata(thing, "user_id"),
        "email": email_of(thing),
        "first_name": first,
        "last_name": last,
    }
    missing = {name: value[: LENGTHS[name]] for name, value in offered.items() if value and not getattr(person, name)}
    update_person(person, at=at, **missing)
    if _note_marks(person, thing, at=at) or "email" in missing:
        for referral in _touched_referrals(person):
            reassess(referral, at=at)
        hurry(person.tenant, customer_of(thing), at=at)


def _note_marks(person: Person, thing: StripeObject, *, at: datetime) -> bool:
    """Remember the customer and the cards; tell whether any of them is news."""
    marks = [(Identifier.Kind.STRIPE_CUSTOMER, customer_of(thing))]
    marks += [(Identifier.Kind.CARD, fingerprint) for fingerprint in sorted(set(card_fingerprints(thing)))]
    news = [note_identifier(person, kind, value, at=at) for kind, value in marks]
    return any(news)


def _touched_referrals(person: Person) -> list[Referral]:
    """Referrals whose risk a new mark of this person can change: their own, and those of people they referred with whom
    they now share a mark. Also those not qualified yet: another worker may be judging the payment right now, and the
    lock that `reassess` takes lets one of the two see what the other did.
    """
    marks = Identifier.objects.filter(person=person, kind__in=["card", "stripe_customer", "mailbox"])
    twins = Identifier.objects.filter(tenant=person.tenant_id, value__in=marks.values("value")).values("person")
    involved = Q(referred=person) | Q(referrer__person=person, referred__in=twins)
    over = [Referral.Status.EXPIRED, Referral.Status.REJECTED]
    return list(Referral.objects.for_tenant(person.tenant).filter(involved).exclude(status__in=over).order_by("id"))


def refer_payer(event: StripeEvent, person: Person, *, at: datetime) -> str:
    """Attribute the payer by what the event names: a click, or a code. Returns why nothing came of it, or nothing."""
    tenant, thing = event.tenant, event.payload["data"]["object"]
    code, touch = _find_named_code(tenant, thing), _find_named_touch(tenant, thing)
    member = code.member if code else touch.member if touch else None
    if member is None:
        return "it names no code of ours"
    named = {"code": code.code if code else "", "click_id": touch.public_id if touch else ""}
    try:
        refer(member.program, person, at=at, **named)
    except ReferralError as error:
        return str(error)
    _note_earlier_payment(event, person)
    hurry(tenant, customer_of(thing), at=at)
    return ""


def _note_earlier_payment(event: StripeEvent, person: Person) -> None:
    """An invoice that waits, and that Stripe wrote well before the sign-up, is that of somebody who came unreferred.

    Both times are Stripe's own: events that merely arrive in the wrong order were written within the hour.
    """
    waiting = StripeEvent.objects.filter(tenant=event.tenant, status=StripeEvent.Status.PARKED, type="invoice.paid")
    earlier = waiting.filter(
        waits_for=customer_of(event.payload["data"]["object"]), created_at__lt=event.created_at - HOUR
    )
    invoice = earlier.exclude(waits_for="").order_by("created_at").first()
    if invoice:
        note_payment(person, invoice.object_id, at=invoice.received_at)


def names_code(tenant: Tenant, thing: StripeObject) -> bool:
    return _find_named_code(tenant, thing) is not None or _find_named_touch(tenant, thing) is not None


def _find_named_touch(tenant: Tenant, thing: StripeObject) -> Attribution | None:
    named = (find_touch(tenant, click_id) for click_id in (metadata(thing, "click_id"), _reference(thing)))
    return next(filter(None, named), None)


def _find_named_code(tenant: Tenant, thing: StripeObject) -> Code | None:
    """By metadata, by a promotion code that is one of the tenant's coupons, or by the checkout's reference."""
    code = find_code(tenant, metadata(thing, "referral_code"))
    return code or _find_promoted_code(tenant, thing) or find_code(tenant, _reference(thing))


def _find_promoted_code(tenant: Tenant, thing: StripeObject) -> Code | None:
    coupons = Code.objects.for_tenant(tenant).filter(kind=Code.Kind.COUPON)
    for promotion in filter(None, promotion_codes(thing)):
        coupon = coupons.filter(stripe_promotion_code=promotion).first() or coupons.spelt(promotion).first()
        if coupon:
            return find_code(tenant, coupon.code)
    return None


def _reference(thing: StripeObject) -> str:
    return text(thing, "client_reference_id")


def referral_of(person: Person) -> Referral | None:
    """The referral that a payment of this person belongs to: the latest that stands, else the latest that lapsed."""
    referrals = Referral.objects.for_tenant(person.tenant).filter(referred=person).order_by("-attributed_at", "-id")
    return referrals.live().first() or referrals.first()
