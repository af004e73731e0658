"""Which referrals and which users a list asks for (contracts/saasquatch.md, sections 0 and 2)."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.saasquatch.formats import MILLISECOND, read_time
from referrals.models import Member, Moderation, Person, Referral
from referrals.services.standing import people_of_account
from tenants.models import Tenant

DATES = re.compile(r"\s*(-?\d{1,19})\s*(?:,\s*(-?\d{1,19})\s*)?")


@extend_schema_field(OpenApiTypes.STR)
class Dates(serializers.Field[tuple[datetime, datetime], str, str, Any]):
    """One instant in milliseconds, or two with a comma between them: from and to, both included."""

    default_error_messages = {"dates": "Give a timestamp in milliseconds, or two with a comma between them."}

    def to_internal_value(self, data: Any) -> tuple[datetime, datetime]:
        found = DATES.fullmatch(str(data))
        if found is None:
            self.fail("dates")
        first = read_time(int(found[1]))
        last = first if found[2] is None else read_time(int(found[2]))
        return first, last + MILLISECOND


class Ids(serializers.CharField):
    def __init__(self) -> None:
        super().__init__(required=False, max_length=255, trim_whitespace=False)


class ReferralQuery(serializers.Serializer[Any]):
    referringAccountId = Ids()
    referringUserId = Ids()
    dateReferralPaid = Dates(required=False)
    dateReferralEnded = Dates(required=False)
    referredModerationStatus = serializers.ChoiceField(Moderation.choices, required=False)
    referrerModerationStatus = serializers.ChoiceField(Moderation.choices, required=False)


class OpenReferralQuery(ReferralQuery):
    """Needs both ids of the referrer, or both of the referred user."""

    referredAccountId = Ids()
    referredUserId = Ids()
    dateReferralStarted = Dates(required=False)

    default_error_messages = {
        "pair": "Give referringAccountId and referringUserId, or referredAccountId and referredUserId."
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not pairs_of(attrs):
            self.fail("pair")
        return attrs


def pairs_of(query: dict[str, Any]) -> list[tuple[str, str]]:
    """The whole pairs (accountId, userId) that a query names."""
    pairs = [(query.get(f"{side}AccountId"), query.get(f"{side}UserId")) for side in ("referring", "referred")]
    return [(account, user) for account, user in pairs if account and user]


DATE_COLUMNS = {
    "dateReferralStarted": "attributed_at",
    "dateReferralPaid": "qualified_at",
    "dateReferralEnded": "ended_at",
}
STATUS_COLUMNS = {
    "referrerModerationStatus": "referrer_moderation",
    "referredModerationStatus": "referred_moderation",
}


def filter_referrals(tenant: Tenant, query: dict[str, Any]) -> QuerySet[Referral]:
    """All conditions must hold. The latest sign-up first."""
    rows = Referral.objects.for_tenant(tenant).order_by("-attributed_at", "-id")
    for name, column in DATE_COLUMNS.items():
        if name in query:
            first, after = query[name]
            rows = rows.filter(**{f"{column}__gte": first, f"{column}__lt": after})
    for name, column in STATUS_COLUMNS.items():
        if name in query:
            rows = rows.filter(**{column: query[name]})
    if "referringAccountId" in query or "referringUserId" in query:
        people = _people(tenant, query.get("referringAccountId"), query.get("referringUserId"))
        members = Member.objects.filter(tenant=tenant, person__in=people).values_list("pk", flat=True)
        rows = rows.filter(referrer__in=list(members))
    if "referredAccountId" in query or "referredUserId" in query:
        people = _people(tenant, query.get("referredAccountId"), query.get("referredUserId"))
        rows = rows.filter(referred__in=people)
    return rows


def _people(tenant: Tenant, account_id: str | None, user_id: str | None) -> list[int]:
    """The primary keys of those an account id, a user id, or both together can mean."""
    if account_id is not None:
        mates = people_of_account(tenant, account_id)
        return [mate.pk for mate in mates if user_id is None or mate.external_id == user_id]
    named = Person.objects.for_tenant(tenant).filter(external_id=user_id)
    return list(named.values_list("pk", flat=True))


def filter_users(tenant: Tenant, query: str) -> QuerySet[Person]:
    """Those whose e-mail address or one of whose names begins so, or whose id or account it is; the newest first."""
    people = Person.objects.for_tenant(tenant).filter(external_id__isnull=False).order_by("-id")
    text = query.strip()
    if not text:
        return people
    lower = {name: Lower(name) for name in ("email", "first_name", "last_name")}
    begins = Q()
    for name in lower:
        begins |= Q(**{f"{name}_lower__startswith": text.lower()})
    named = people.alias(**{f"{name}_lower": column for name, column in lower.items()})
    return named.filter(begins | Q(external_id=text) | Q(account_id=text))
