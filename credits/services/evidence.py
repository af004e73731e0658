"""What a reviewer sees, frozen when the case is opened: it stays readable after the rows change."""

from typing import Any

from referrals.models import Attribution, Identifier, Person, Referral
from referrals.services.risk import Assessment
from referrals.services.touches import describe_touch

MATCHED = {
    Identifier.Kind.STRIPE_CUSTOMER: "same Stripe customer",
    Identifier.Kind.CARD: "same card",
    Identifier.Kind.MAILBOX: "same mailbox",
    Identifier.Kind.NETWORK: "same network",
    Identifier.Kind.DEVICE: "same device",
}


def collect_evidence(referral: Referral, assessment: Assessment) -> dict[str, Any]:
    """Both people's marks with those that match, the winning touch, the payments, and every rule's result.

    Names and addresses are not copied: a case shows them from the person's own row, which an erasure can empty.
    """
    referrer, referred = referral.referrer.person, referral.referred
    touch = Attribution.objects.filter(pk=referral.attribution_id or 0).select_related("code", "member").first()
    return {
        "assessment": assessment.as_data(),
        "matches": matching_marks(referrer, referred),
        "touch": describe_touch(touch) if touch else None,
        "actions": [
            {"key": action.key, "amount": action.amount, "currency": action.currency}
            for action in referral.actions.order_by("id")
        ],
    }


def matching_marks(one: Person, other: Person) -> list[dict[str, str]]:
    """The kinds of mark both people carry, with what that means in words."""
    marks = Identifier.objects.filter(person=one)
    shared = Identifier.objects.filter(person=other, tenant_id=one.tenant_id, value__in=marks.values("value"))
    kinds = {(mark.kind, mark.value) for mark in marks}
    found = sorted({mark.kind for mark in shared if (mark.kind, mark.value) in kinds})
    return [{"kind": kind, "how": MATCHED[Identifier.Kind(kind)]} for kind in found]
