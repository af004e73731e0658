"""Coupons that people apply to themselves: none, then applied, then redeemed by a payment.

Applying one is a touch of its own kind: it refers whoever nobody has brought in yet, and what they pay while it is
applied is the coupon's, however late. Whoever brought somebody in before keeps them; the coupon is then a discount.
"""

from datetime import datetime

from django.db import connection, transaction

from events.services.events import record_event
from referrals.errors import (
    AlreadyRedeemed,
    AlreadyReferred,
    BlockedPerson,
    ExpiredCode,
    InactiveCode,
    SelfReferral,
    UnknownCode,
)
from referrals.models import AppliedCoupon, Code, Person, Referral
from referrals.services.decisions import SYSTEM
from referrals.services.referrals import expire, find_code, refer
from referrals.services.status import lock_referral, update_referral
from referrals.services.touches import is_same_person


def coupon_of(person: Person) -> Code | None:
    """The code of the coupon that a person has applied at present."""
    current = AppliedCoupon.objects.current().filter(person=person).select_related("code__member__program").first()
    return current.code if current else None


@transaction.atomic
def apply_coupon(person: Person, code: str, *, at: datetime, actor: str = SYSTEM) -> Code:
    """Apply a coupon in place of the one applied before; applying the same again changes nothing.

    Raises, in this order, UnknownCode, InactiveCode, ExpiredCode, SelfReferral, AlreadyRedeemed; and BlockedPerson.
    """
    current = _lock_current(person)
    if person.blocked_at is not None:
        raise BlockedPerson
    coupon = _find_coupon(person, code, at=at)
    if current and current.code_id == coupon.pk:
        return coupon
    if current:
        _end(current, at=at, why="The coupon was replaced by another before a payment.")
    referral = _refer(person, coupon, at=at, actor=actor)
    AppliedCoupon.objects.create(
        tenant_id=person.tenant_id, person=person, code=coupon, referral=referral, applied_at=at
    )
    told = {"code": coupon.code, "actor": actor, "referral": str(referral.uid) if referral else None}
    record_event(person.tenant, "coupon.applied", subject=person.uid, at=at, **told)
    return coupon


@transaction.atomic
def remove_coupon(person: Person, *, at: datetime, actor: str = SYSTEM) -> bool:
    """Take back the coupon that a person has applied; False where there is none. What it earned stays."""
    current = _lock_current(person)
    if current is None:
        return False
    _end(current, at=at, why="The coupon was taken back before a payment.")
    record_event(person.tenant, "coupon.removed", subject=person.uid, at=at, code=current.code.code, actor=actor)
    return True


def redeem_coupon(referral: Referral, *, occurred_at: datetime, at: datetime) -> bool:
    """A payment of the referred person of a locked referral redeems the coupon they have applied.

    Tells whether the referral came of that very coupon, which is then in time whatever its window.
    """
    applied = AppliedCoupon.objects.current().filter(person=referral.referred_id, applied_at__lte=occurred_at)
    current = applied.select_for_update(of=("self",)).select_related("code").first()
    if current is None:
        return False
    first = current.redeemed_at is None
    current.redeemed_at = current.redeemed_at or at
    current.ended_at = None if current.code.discount_recurs else at
    current.save(update_fields=["redeemed_at", "ended_at"])
    if first:
        told = {"code": current.code.code, "referral": str(referral.uid)}
        record_event(referral.tenant, "coupon.redeemed", subject=referral.referred.uid, at=at, **told)
    return current.referral_id == referral.pk


def _lock_current(person: Person) -> AppliedCoupon | None:
    """The coupon applied at present, with its referral and then the person locked: the order of locks.

    One person's coupons change one at a time; a payment, which locks the referral alone, may end one meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('coupon of ' || %s::bigint, 0))", [person.pk])
    current = AppliedCoupon.objects.current().filter(person=person)
    seen = current.first()
    if seen and seen.referral_id:
        lock_referral(seen.referral_id)
    locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    person.blocked_at = locked.blocked_at
    return current.select_related("code").first()


def _find_coupon(person: Person, code: str, *, at: datetime) -> Code:
    """The coupon of that spelling that this person may apply."""
    coupon = find_code(person.tenant, code)
    if coupon is None or coupon.kind != Code.Kind.COUPON:
        raise UnknownCode
    if not _is_active(coupon, at=at):
        raise InactiveCode
    if coupon.ends_at is not None and coupon.ends_at <= at:
        raise ExpiredCode
    if is_same_person(coupon.member.person, person):
        raise SelfReferral(field="code")
    if _has_redeemed(person, coupon):
        raise AlreadyRedeemed
    return coupon


def _is_active(coupon: Code, *, at: datetime) -> bool:
    owner = coupon.member
    has_begun = coupon.starts_at is None or coupon.starts_at <= at
    may_refer = owner.can_refer and owner.person.blocked_at is None and owner.program.is_active
    return coupon.is_active and has_begun and may_refer


def _has_redeemed(person: Person, coupon: Code) -> bool:
    """By a payment while it was applied, or by one that named it itself."""
    applied = AppliedCoupon.objects.filter(person=person, code=coupon, redeemed_at__isnull=False)
    paid = Referral.objects.filter(referred=person, code=coupon, qualified_at__isnull=False)
    return applied.exists() or paid.exists()


def _refer(person: Person, coupon: Code, *, at: datetime, actor: str) -> Referral | None:
    """The referral that the coupon brings about: none where somebody has brought the person in before."""
    if Referral.objects.live().filter(tenant=person.tenant_id, referred=person).exists():
        return None
    try:
        return refer(coupon.member.program, person, code=coupon.code, at=at, actor=actor)
    except AlreadyReferred:  # by a sign-up just now
        return None


def _end(current: AppliedCoupon, *, at: datetime, why: str) -> None:
    """It is applied no more. A referral that came of it and has not paid lapses at once, so that a later payment does
    not revive it.
    """
    current.ended_at = at
    current.save(update_fields=["ended_at"])
    if current.referral_id is None:
        return
    referral = lock_referral(current.referral_id)
    if referral.qualified_at is None:
        update_referral(referral, at=at, expires_at=min(referral.expires_at, at))
    if referral.status == Referral.Status.ATTRIBUTED:
        expire(referral, at=at, reason=why)
