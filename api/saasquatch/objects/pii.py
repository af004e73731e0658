"""All that is known of one user (contracts/saasquatch.md, section 3, the pii endpoint)."""

from typing import Any

from api.saasquatch.gather import about_people, redemptions_of
from api.saasquatch.objects.referrals import show_referrals
from api.saasquatch.objects.rewards import show_balances, show_reward
from api.saasquatch.objects.users import is_referable, show_user
from credits.models import Reward
from referrals.models import Person, Referral
from tenants.models import Tenant

MOST = 100


def show_pii(person: Person, *, tenant: Tenant, base_url: str) -> dict[str, Any]:
    """The latest hundred of rewards and of referrals; both have their whole number beside them."""
    about = about_people([person], tenant=tenant, base_url=base_url)
    made = Referral.objects.for_tenant(tenant).filter(referrer__person=person).order_by("-attributed_at", "-id")
    came = Referral.objects.for_tenant(tenant).filter(referred=person).order_by("-attributed_at", "-id")
    codes = referred_by(person)
    return {
        **show_user(person, about),
        "referable": is_referable(person, codes),
        "customFields": person.custom_fields,
        "referralCodes": about.codes.get(person.pk, {}),
        "firstSeenIPLocation": None,
        "lastSeenIPLocation": None,
        "firstSeenUserAgent": None,
        "lastSeenUserAgent": None,
        "referredByCodes": codes,
        "referredByReferrals": show_referrals(came, _first(came), tenant=tenant, base_url=base_url),
        "rewards": _show_rewards(person),
        "rewardBalances": show_balances(Reward.objects.filter(person=person)),
        "referrals": {
            "totalCount": made.count(),
            "data": show_referrals(made, _first(made), tenant=tenant, base_url=base_url),
        },
        "segments": [],
    }


def referred_by(person: Person) -> list[str]:
    """The codes that brought somebody in, the first first."""
    live = Referral.objects.live().filter(referred=person).order_by("id")
    return list(live.values_list("code__code", flat=True))


def _first(rows: Any) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:MOST])


def _show_rewards(person: Person) -> dict[str, Any]:
    rewards = Reward.objects.filter(person=person).order_by("-id")
    latest = list(rewards.select_related("person", "program", "referral", "rule")[:MOST])
    redemptions = redemptions_of(latest)
    return {"totalCount": rewards.count(), "data": [show_reward(reward, redemptions) for reward in latest]}
