"""A person signs up: whose referral is it, and when does it lapse."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.errors import (
    AlreadyReferred,
    BlockedPerson,
    NotAttributed,
    ProgramInactive,
    ReferralError,
    SelfReferral,
    UnknownCode,
)
from referrals.models import Attribution, Code, Decision, Person, Program, Referral
from referrals.services.attributions import record_coupon
from referrals.services.decisions import SYSTEM, record_decision, record_refusal
from referrals.services.named_clicks import visitor_named
from referrals.services.outreach.joins import note_joined
from referrals.services.people import note_device
from referrals.services.status import lock_referral, move_referral
from referrals.services.touches import Choice, choose_touch, is_same_person
from tenants.models import Tenant

TOUCH_ID = re.compile(r"(?:attr|refclk)_([0-7]?[0-9a-f]{1,15})\Z")  # what a bigint holds, as two dialects write it


def find_code(tenant: Tenant, code: str) -> Code | None:
    """The tenant's code of that spelling, whatever its capitals; None for none."""
    codes = Code.objects.for_tenant(tenant).spelt(code)
    return codes.select_related("member__program__tenant", "member__person").first()


def find_touch(tenant: Tenant, public_id: str) -> Attribution | None:
    """The tenant's touch with that public id (hexadecimal digits after a prefix), or that a client gave that id."""
    match = TOUCH_ID.match(public_id)
    touches = Attribution.objects.for_tenant(tenant).select_related(
        "tenant", "code", "new_member", "member__program__tenant", "member__person"
    )
    found = touches.filter(pk=int(match[1], 16)).first() if match else None
    return found or touches.filter(visitor=visitor_named(public_id)).order_by("-pk").first()


def refer(
    program: Program,
    referred: Person,
    *,
    at: datetime,
    code: str = "",
    click_id: str = "",
    visitor: str = "",
    actor: str = SYSTEM,
) -> Referral:
    """Record that a member brought a person into a program: by a code the person gave, a click id, or their visitor id.

    All touches within the window compete and the losers are kept in the Decision; so is a refusal. Raises UnknownCode,
    SelfReferral, AlreadyReferred (with `.referral`), NotAttributed, BlockedPerson and ProgramInactive.
    """
    try:
        with transaction.atomic():
            return _refer(program, referred, at=at, code=code, click_id=click_id, visitor=visitor, actor=actor)
    except ReferralError as error:
        facts: dict[str, Any] = {"program": str(program.uid), "person": str(referred.uid)}
        facts |= {"code": code, "click_id": click_id}
        facts |= error.considered if isinstance(error, NotAttributed) else {}
        record_refusal(program.tenant, error.code, at=at, actor=actor, **facts)
        raise


def _refer(
    program: Program, referred: Person, *, at: datetime, code: str, click_id: str, visitor: str, actor: str
) -> Referral:
    referred = Person.objects.select_for_update(no_key=True).get(pk=referred.pk)  # one sign-up of a person at a time
    _refuse_unfit(program, referred)
    touch_ids = _named_touches(program, referred, code=code, click_id=click_id, at=at)
    choice = choose_touch(program, referred, touch_ids=touch_ids, visitor=visitor, at=at)
    if choice.winner is None:
        raise NotAttributed(considered=choice.as_data())
    return _attribute(program, referred, choice, at=at, actor=actor)


def _refuse_unfit(program: Program, referred: Person) -> None:
    if not program.is_active:
        raise ProgramInactive
    if referred.blocked_at is not None:
        raise BlockedPerson
    live = Referral.objects.live().filter(program=program, referred=referred).first()
    if live:
        raise AlreadyReferred(referral=live)


def _named_touches(program: Program, referred: Person, *, code: str, click_id: str, at: datetime) -> set[int]:
    """The touches the sign-up itself names: the click it came from, and the code it gave."""
    named = set()
    touch = find_touch(program.tenant, click_id) if click_id else None
    if touch:
        named.add(touch.pk)
    if code:
        named.add(_touch_of_code(program, referred, code, at=at))
    return named


def _touch_of_code(program: Program, referred: Person, code: str, *, at: datetime) -> int:
    found = find_code(program.tenant, code)
    if found is None or found.member.program_id != program.pk:
        raise UnknownCode
    if is_same_person(found.member.person, referred):
        raise SelfReferral
    return record_coupon(code, person=referred, at=at).id


def _attribute(program: Program, referred: Person, choice: Choice, *, at: datetime, actor: str) -> Referral:
    touch = choice.winner
    assert touch is not None
    referral = Referral.objects.create(
        tenant_id=program.tenant_id,
        program=program,
        referrer=touch.member,
        referred=referred,
        code=touch.code,
        attribution_id=touch.pk,
        referrer_moderation=program.referrer_moderation,
        referred_moderation=program.referred_moderation,
        landing_path=touch.landing_path,
        utm_source=touch.utm_source,
        utm_medium=touch.utm_medium,
        utm_campaign=touch.utm_campaign,
        attributed_at=at,
        expires_at=at + program.attribution_window,
        updated_at=at,
    )
    confirmed = {"status": Attribution.Status.CONFIRMED, "new_member": referred, "confirmed_at": at}
    Attribution.objects.filter(pk=touch.pk, status=Attribution.Status.PENDING).update(**confirmed)
    if touch.kind == Attribution.Kind.CLICK:
        note_device(referred, ip=touch.ip_address, device=touch.device, at=at)
    record_decision(referral, Decision.Kind.ATTRIBUTION, "attributed", at=at, actor=actor, **choice.as_data())
    record_event(program.tenant, "referral.attributed", subject=referral.uid, at=at, program=str(program.uid))
    note_joined(referred, program=program, at=at)
    return referral


def expire_referrals(*, at: datetime, limit: int = 1000) -> int:
    """Expire referrals whose window passed unpaid; return how many. Bounded, and any number may run at once."""
    expired = 0
    due = Referral.objects.expirable().filter(expires_at__lte=at).order_by("expires_at")
    for referral_id in due.values_list("pk", flat=True)[:limit]:
        expired += int(_expire(referral_id, at=at))
    return expired


@transaction.atomic
def _expire(referral_id: int, *, at: datetime) -> bool:
    referral = lock_referral(referral_id)
    if referral.status != Referral.Status.ATTRIBUTED or referral.expires_at > at:
        return False  # somebody else got here first
    return expire(referral, at=at, reason="The attribution window passed without a payment.")


def expire(referral: Referral, *, at: datetime, reason: str, paid_at: datetime | None = None) -> bool:
    """Expire a referral whose row the caller has locked, since its window passed, or a payment came after it."""
    facts: dict[str, Any] = {"expires_at": referral.expires_at.isoformat()}
    facts["paid_at"] = paid_at.isoformat() if paid_at else None
    record_decision(referral, Decision.Kind.EXPIRY, "expired", at=at, reason=reason, **facts)
    return move_referral(referral, Referral.Status.EXPIRED, at=at, ended_at=at)
