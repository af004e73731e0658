"""A tenant removes a member from a program."""

from datetime import datetime

from django.db import transaction

from events.services.events import record_event
from referrals.models import Code, Member
from referrals.services.decisions import SYSTEM


@transaction.atomic
def remove_member(member: Member, *, at: datetime, actor: str = SYSTEM) -> bool:
    """Hide a member and stop their codes; False where that was done before.

    Whom they brought in stays so, and what they earned stays theirs: the books and decisions keep their person.
    """
    member = Member.objects.select_for_update(of=("self",), no_key=True).select_related("tenant").get(pk=member.pk)
    if member.removed_at is not None:
        return False
    member.removed_at = at
    member.save(update_fields=["removed_at"])
    Code.objects.filter(member=member, is_active=True).update(is_active=False)
    record_event(member.tenant, "member.removed", subject=member.uid, at=at, actor=actor)
    return True
