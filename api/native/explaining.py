"""To whom something is explained, and the ids of what an explanation names."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from api.native.errors import Problem
from api.native.ids import id_from
from credits.models import Review, Reward
from credits.services.explaining import Audience
from payouts.models import Payout
from referrals.models import Referral

NAMED = {"reward": Reward, "referral": Referral, "review": Review, "payout": Payout}
AUDIENCE = OpenApiParameter(
    "audience",
    enum=Audience.values,
    default=Audience.SUPPORT.value,
    description="For whom. A key that is bound to a person is always told what a member may know.",
)


def audience_of(view: Any) -> Audience:
    """Raises Problem for an audience that there is not."""
    asked = view.request.query_params.get("audience", Audience.SUPPORT)
    if asked not in Audience.values:
        raise Problem(400, "bad_request", f"An audience is one of {', '.join(Audience.values)}.", field="audience")
    return Audience.MEMBER if view.person else Audience(asked)


def with_ids(told: Any) -> Any:
    """An explanation in which rewards, referrals, reviews and payouts are named as everywhere here."""
    if isinstance(told, list):
        return [with_ids(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: _id_of(name, value) for name, value in told.items()}


def _id_of(name: str, value: Any) -> Any:
    if name not in NAMED or not isinstance(value, str):
        return with_ids(value)
    try:
        return id_from(NAMED[name], uuid.UUID(value))
    except ValueError:
        return value
