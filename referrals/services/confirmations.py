"""A recorded touch is told to have brought somebody in, or is taken back."""

from datetime import datetime

from django.db import transaction

from events.services.events import record_event
from referrals.errors import (
    AlreadyConfirmed,
    AlreadyRecruited,
    CodeMismatch,
    ConfirmedTooEarly,
    ReferralError,
    SelfReferral,
)
from referrals.models import Attribution, Person
from referrals.services.decisions import SYSTEM, record_refusal
from referrals.services.identities import person_called
from referrals.services.referrals import refer
from referrals.services.touches import is_same_person


def confirm_touch(
    touch: Attribution,
    new_member_id: str,
    *,
    code: str,
    confirmed_at: datetime,
    at: datetime,
    actor: str = SYSTEM,
    is_vouched_for: bool = True,
) -> Attribution:
    """Record that a touch brought in the person of that id, who is then referred by its owner, as of `confirmed_at`.

    Repeating it changes nothing. Whoever vouches for it vouches for the visit, also where it looked like a robot's.
    Raises CodeMismatch, ConfirmedTooEarly, SelfReferral, AlreadyConfirmed, AlreadyRecruited and what `refer` raises.
    """
    try:
        with transaction.atomic():
            touch = _check(touch, code, confirmed_at)
            person = _claim_person(touch, new_member_id, at=at)
            return _confirm(touch, person, at=max(confirmed_at, touch.occurred_at), actor=actor, vouched=is_vouched_for)
    except ReferralError as error:
        facts = {"person": new_member_id, "touch": touch.public_id, "code": code}
        record_refusal(touch.tenant, error.code, at=at, actor=actor, **facts)
        raise


def _check(touch: Attribution, code: str, confirmed_at: datetime) -> Attribution:
    if touch.code.code.upper() != code.strip().upper():
        raise CodeMismatch
    if confirmed_at < touch.occurred_at.replace(microsecond=0):  # callers are told whole seconds
        raise ConfirmedTooEarly
    return touch


def _claim_person(touch: Attribution, new_member_id: str, *, at: datetime) -> Person:
    """The new member, locked: whoever confirms the same person next waits here."""
    person = person_called(touch.tenant, new_member_id, at=at)
    if is_same_person(touch.member.person, person):
        raise SelfReferral(field="new_member_id")
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


def _confirm(touch: Attribution, person: Person, *, at: datetime, actor: str, vouched: bool) -> Attribution:
    touch = _lock_touch(touch)
    if touch.status == Attribution.Status.CONFIRMED:
        if touch.new_member_id != person.pk:
            raise AlreadyConfirmed
        return touch
    if Attribution.objects.for_tenant(touch.tenant).filter(new_member=person).exists():
        raise AlreadyRecruited
    if vouched and touch.verdict != Attribution.Verdict.VALID:
        Attribution.objects.filter(pk=touch.pk).update(verdict=Attribution.Verdict.VALID)
    refer(touch.member.program, person, click_id=touch.public_id, at=at, actor=actor)
    return _lock_touch(touch)


def _lock_touch(touch: Attribution) -> Attribution:
    """The touch as it is now, locked. Raises Attribution.DoesNotExist where it was removed meanwhile."""
    rows = Attribution.objects.for_tenant(touch.tenant).select_for_update(of=("self",), no_key=True)
    return rows.select_related("tenant", "code", "member__program__tenant", "member__person", "new_member").get(
        pk=touch.pk
    )


@transaction.atomic
def remove_touch(touch: Attribution, *, at: datetime, actor: str = SYSTEM) -> bool:
    """Hide a touch everywhere and keep it; False when it was hidden already. What it brought about stays."""
    standing = Attribution.objects.filter(pk=touch.pk, deleted_at__isnull=True)
    if not standing.update(deleted_at=at):
        return False
    touch.deleted_at = at
    told = {"touch": touch.public_id, "actor": actor, "before": {"deleted": False}, "after": {"deleted": True}}
    record_event(touch.tenant, "touch.removed", subject=touch.member.uid, at=at, **told)
    return True
