"""Who must not be mailed. Whatever mails asks here, right before it does."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from events.services.events import record_event
from referrals.errors import MalformedAddress
from referrals.models import EmailSuppression, Invite
from referrals.services.decisions import SYSTEM
from referrals.services.mailboxes import fold_address
from referrals.services.outreach.addresses import read_address
from tenants.models import Tenant

DOES_NOT_WANT_MAIL = "They do not want mail."


@transaction.atomic
def suppress_email(
    tenant: Tenant, email: str, *, source: EmailSuppression.Source | str, at: datetime, actor: str = SYSTEM
) -> EmailSuppression:
    """See that an address is not mailed for a tenant any more; doing so again changes nothing.

    Its live invites end as `suppressed`. Raises MalformedAddress.
    """
    typed, address = read_address(email)
    suppression, created = EmailSuppression.objects.standing().get_or_create(
        tenant=tenant, address=address, lifted_at=None, defaults={"email": typed, "source": source, "created_at": at}
    )
    if created:
        invites = Invite.objects.for_tenant(tenant).filter(address=address).live()
        invites.update(status=Invite.Status.SUPPRESSED, reason=DOES_NOT_WANT_MAIL)
        record_event(
            tenant, "email.unsubscribed", subject=suppression.uid, at=at, actor=actor, source=suppression.source
        )
    return suppression


@transaction.atomic
def unsuppress_email(tenant: Tenant, email: str, *, at: datetime, actor: str = SYSTEM) -> bool:
    """Let mail go to an address again; tell whether it was kept from it. Raises MalformedAddress."""
    _, address = read_address(email)
    standing = EmailSuppression.objects.for_tenant(tenant).standing().filter(address=address)
    suppression = standing.select_for_update(no_key=True).first()
    if suppression is None:
        return False
    suppression.lifted_at = at
    suppression.save(update_fields=["lifted_at"])
    record_event(tenant, "email.resubscribed", subject=suppression.uid, at=at, actor=actor)
    return True


def suppressed_emails(tenant: Tenant, email: str = "") -> list[EmailSuppression]:
    """The tenant's addresses that are not mailed, oldest first: all, or the given one if it is among them."""
    rows = EmailSuppression.objects.for_tenant(tenant).standing().order_by("id")
    return list(rows.filter(address=fold_address(email)) if email.strip() else rows)


def is_suppressed(tenant: Tenant, email: str) -> bool:
    """Whether an address must not be mailed. What is no address must not be either."""
    try:
        _, address = read_address(email)
    except MalformedAddress:
        return True
    return bool(addresses_suppressed(tenant, [address]))


def addresses_suppressed(tenant: Tenant, addresses: Iterable[str]) -> set[str]:
    """Those of the folded addresses that must not be mailed."""
    standing = EmailSuppression.objects.for_tenant(tenant).standing().filter(address__in=addresses)
    return set(standing.values_list("address", flat=True))
