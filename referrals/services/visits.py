"""A member looks at their own pages, and passes their link on."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from events.services.events import record_event
from referrals.models import Member
from referrals.services.attributions import device_of
from referrals.services.people import note_device

UNSEEN = (Member.Status.PRELOADED, Member.Status.INVITED)


@transaction.atomic
def record_visit(member: Member, *, ip: str, user_agent: str, at: datetime) -> None:
    """Count a view of a member's own pages, and remember the network and device they were seen on.

    A preloaded or invited member is activated at first sight. Clicks on their link touch none of this.
    """
    _activate(member, at=at)
    Member.objects.filter(pk=member.pk).update(
        views=F("views") + 1,
        first_view_at=Coalesce("first_view_at", Value(at)),
        last_active_at=at,
        last_view_ip=ip or member.last_view_ip,
    )
    if ip:
        note_device(member.person, ip=ip, device=device_of(ip, user_agent), at=at)


def record_share(member_id: int, *, is_email: bool, at: datetime) -> None:
    """Count that a member, or whoever has their link, passed it on by a channel."""
    counter = "email_shares" if is_email else "social_shares"
    Member.objects.filter(pk=member_id).update(
        **{counter: F(counter) + 1},
        first_share_at=Coalesce("first_share_at", Value(at)),
        last_share_at=at,
    )


def _activate(member: Member, *, at: datetime) -> None:
    """Of several visits at once, one activates."""
    before = member.status
    if before not in UNSEEN:
        return
    unseen = Member.objects.filter(pk=member.pk, status=before)
    activated_at = member.activated_at or at
    if not unseen.update(status=Member.Status.ACTIVATED, activated_at=activated_at):
        return
    member.status, member.activated_at = Member.Status.ACTIVATED, activated_at
    states = {"before": {"status": before}, "after": {"status": member.status}}
    record_event(member.tenant, "member.updated", subject=member.uid, at=at, **states)
