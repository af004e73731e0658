"""What becomes of an invite when its person is in, or when its time is over."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.services.events import record_event
from referrals.models import Invite, Person, Program
from referrals.models.outreach import InviteQuerySet
from referrals.services.mailboxes import fold_address
from tenants.models import Tenant

BLANK = {"first_name": "", "last_name": "", "email": "", "address": ""}


@transaction.atomic
def note_joined(person: Person, *, program: Program, at: datetime) -> None:
    """A person has become a member of a program, or was referred in it: their live invite to it has done its work."""
    address = fold_address(person.email)
    if not address:
        return
    invites = Invite.objects.for_tenant(program.tenant).filter(program=program, address=address).live()
    invite = invites.select_for_update(no_key=True).first()
    if invite is None:
        return
    invite.status, invite.person, invite.joined_at = Invite.Status.JOINED, person, at
    invite.save(update_fields=["status", "person", "joined_at"])
    inviter = str(invite.member.uid) if invite.member else None
    record_event(program.tenant, "invite.joined", subject=invite.uid, at=at, person=str(person.uid), member=inviter)


def forget_invites(*, at: datetime, limit: int = 1000) -> int:
    """Erase the names and addresses of invites whose 60 days are over, and expire those still live; return how many.

    Bounded, and any number may run at once.
    """
    due = Invite.objects.filter(forgotten_at__isnull=True, expires_at__lte=at).order_by("expires_at")
    with transaction.atomic():
        found = list(due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:limit])
        _forget(Invite.objects.filter(pk__in=found), at=at)
    return len(found)


@transaction.atomic
def forget_contact(tenant: Tenant, person: Person, *, email: str, at: datetime) -> None:
    """Erase a person from the invites they got, and end those that are live."""
    wanted = Q(person=person) | Q(address=fold_address(email), address__gt="")
    _forget(Invite.objects.for_tenant(tenant).filter(wanted), at=at)


def _forget(invites: InviteQuerySet, *, at: datetime) -> None:
    rows = Invite.objects.filter(pk__in=list(invites.values_list("pk", flat=True)))
    rows.live().update(status=Invite.Status.EXPIRED)
    rows.update(forgotten_at=at, **BLANK)
