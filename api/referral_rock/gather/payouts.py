"""Transactions with who had them, in one query however many there are."""

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, UUIDField, When

from payouts.models import Payout, PayoutItem
from payouts.services.owed import Recipient
from referrals.models import Member, Side
from tenants.models import Tenant


def transactions_of(tenant: Tenant) -> QuerySet[Payout]:
    """Payouts of a tenant with `recipient_uid`: the member's id, or the referral's where its first reward is one for
    being brought in.
    """
    items = PayoutItem.objects.filter(payout=OuterRef("pk")).order_by("pk")
    member = Member.objects.filter(person=OuterRef("person"), program=OuterRef("method__program"))
    first = {"first_side": Subquery(items.values("reward__side")[:1])}
    as_member = Subquery(member.values("uid")[:1], output_field=UUIDField())
    as_referral = Subquery(items.values("reward__referral__uid")[:1], output_field=UUIDField())
    recipient = Case(When(first_side=Side.REFERRED, then=as_referral), default=as_member)
    rows: QuerySet[Payout] = Payout.objects.for_tenant(tenant)
    return rows.annotate(**first).annotate(recipient_uid=recipient)


def to_recipient(recipient: Recipient) -> Q:
    """The condition on payouts that had something for a recipient in it."""
    items = PayoutItem.objects.filter(reward__person=recipient.person_id, reward__side=recipient.side)
    if recipient.referral_id:
        items = items.filter(reward__referral=recipient.referral_id)
    else:
        items = items.filter(reward__program=recipient.program_id)
    return Q(person=recipient.person_id, pk__in=items.values("payout"))
