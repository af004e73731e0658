"""Somebody whom the tenant itself invited becomes a member. Who has the link has read the mail to that address."""

from datetime import datetime

from django.db import transaction

from referrals.errors import InviteOver
from referrals.models import Invite, Member
from referrals.services.members import enrol
from referrals.services.outreach.inviting import send_welcome
from referrals.services.people import add_person, find_person


@transaction.atomic
def accept_invite(invite: Invite, *, at: datetime) -> Member:
    """Enrol whoever was invited, known to us or not, and queue the mail with their link. The invite is then `joined`.

    Raises InviteOver where it was used before, has expired, or is a member's and so for being referred.
    """
    rows = Invite.objects.select_related("program__tenant", "tenant")
    invite = rows.select_for_update(no_key=True, of=("self",)).get(pk=invite.pk)
    check_open(invite, at=at)
    tenant, names = invite.tenant, {"first_name": invite.first_name, "last_name": invite.last_name}
    person = find_person(tenant, email=invite.email) or add_person(tenant, at=at, email=invite.email, **names)
    if person.blocked_at is not None:
        raise InviteOver
    member = enrol(invite.program, person, at=at)
    if not member.can_refer:
        raise InviteOver
    send_welcome(member, at=at)
    return member


def check_open(invite: Invite, *, at: datetime) -> None:
    """Raises InviteOver unless somebody may become a member by this invite now."""
    is_open = invite.is_live and invite.expires_at > at and invite.program.is_active and invite.tenant.is_active
    if not is_open or invite.member_id is not None:
        raise InviteOver
