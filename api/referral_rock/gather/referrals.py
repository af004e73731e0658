"""What referrals have beside themselves, fetched for a whole page at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Sum

from referrals.models import Action, Attribution, Referral, ReferralDetails


@dataclass
class AboutReferrals:
    """By referral: what was told of it, what its actions add up to in the program's currency; and touches by id."""

    details: dict[int, ReferralDetails] = field(default_factory=dict)
    paid: dict[int, int] = field(default_factory=dict)
    touches: dict[int, Attribution] = field(default_factory=dict)


def about_referrals(referrals: Iterable[Referral]) -> AboutReferrals:
    """Three queries, however many there are."""
    referrals = list(referrals)
    ids = [referral.pk for referral in referrals]
    details = ReferralDetails.objects.filter(pk__in=ids).select_related("recruiter_assigned__person")
    actions = Action.objects.filter(referral__in=ids, currency=F("referral__program__currency")).order_by()
    sums = actions.values("referral").annotate(paid=Sum(F("amount") - F("reversed_amount")))
    touches = [referral.attribution_id for referral in referrals if referral.attribution_id]
    return AboutReferrals(
        {each.pk: each for each in details},
        dict(sums.values_list("referral", "paid")),
        Attribution.objects.in_bulk(touches) if touches else {},
    )
