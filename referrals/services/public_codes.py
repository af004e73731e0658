"""A code, for somebody of whom nothing is known but the host they came to."""

from datetime import datetime

from django.db.models import Q

from referrals.models import Code, Member
from referrals.models.member import CodeQuerySet
from tenants.models import Domain


def find_public_code(spelling: str, *, host: str, at: datetime) -> Code | None:
    """The code of that spelling that can be used now: of the tenant of the host, else of the only tenant that has it.

    None where there is none, and where nothing tells whose is meant.
    """
    usable = usable_codes(spelling, at=at)
    owner = Domain.objects.filter(host=host).values_list("tenant", flat=True).first()
    wanted = usable.filter(tenant=owner) if owner else usable
    found = list(wanted.select_related("member__program")[:2])
    return found[0] if len(found) == 1 else None


def usable_codes(spelling: str, *, at: datetime) -> CodeQuerySet:
    """Every tenant's code of that spelling that leads somewhere now."""
    codes = Code.objects.spelt(spelling).filter(
        Q(starts_at=None) | Q(starts_at__lte=at),
        Q(ends_at=None) | Q(ends_at__gt=at),
        is_active=True,
        tenant__is_active=True,
        member__removed_at=None,
        member__person__blocked_at=None,
        member__program__is_active=True,
    )
    return codes.exclude(member__status=Member.Status.DISABLED)
