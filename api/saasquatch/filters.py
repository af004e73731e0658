"""Which referrals and which users a list asks for (contracts/saasquatch.md, sections 0 and 2)."""

import re
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from api.saasquatch.formats import MILLISECOND, read_time
from referrals.models import Member, Moderation, Person, Referral
from referrals.services.block_counts import Counted, counted_people, counted_referrals
from referrals.services.standing import people_of_account
from tenants.models import Tenant

DATES = re.compile(r" *(-?[0-9]{1,19}) *(?:, *(-?[0-9]{1,19}) *)?")


@extend_schema_field({"type": "string", "pattern": f"^({DATES.pattern})?$"})
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
    """An empty one is as good as absent."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_blank=True, max_length=255, trim_whitespace=False)

    def get_value(self, dictionary: Any) -> Any:
        return super().get_value(dictionary) or empty


class Status(serializers.ChoiceField):
    """An empty one is as good as absent."""

    def __init__(self) -> None:
        super().__init__(Moderation.choices, required=False, allow_blank=True)

    def get_value(self, dictionary: Any) -> Any:
        return super().get_value(dictionary) or empty


class ReferralQuery(serializers.Serializer[Any]):
    referringAccountId = Ids()
    referringUserId = Ids()
    dateReferralPaid = Dates(required=False)
    dateReferralEnded = Dates(required=False)
    referredModerationStatus = Status()
    referrerModerationStatus = Status()


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


OF_REFERRER = {"referringAccountId", "referringUserId"}
COUNTED = {*STATUS_COLUMNS, *OF_REFERRER}


class Listed(NamedTuple):
    """Rows, the newest first, and as what they are counted: None where the counts do not tell them apart."""

    rows: QuerySet[Any]
    counted: Counted | None


def filter_referrals(tenant: Tenant, query: dict[str, Any]) -> Listed:
    """All conditions must hold. The newest first."""
    rows = Referral.objects.for_tenant(tenant).order_by("-id")
    members: list[int] | None = None
    for name, column in DATE_COLUMNS.items():
        if name in query:
            first, after = query[name]
            rows = rows.filter(**{f"{column}__gte": first, f"{column}__lt": after})
    for name, column in STATUS_COLUMNS.items():
        if name in query:
            rows = rows.filter(**{column: query[name]})
    if OF_REFERRER & set(query):
        people = _people(tenant, query.get("referringAccountId"), query.get("referringUserId"))
        members = list(Member.objects.filter(tenant=tenant, person__in=people).values_list("pk", flat=True))
        rows = rows.filter(referrer__in=members)
    if "referredAccountId" in query or "referredUserId" in query:
        people = _people(tenant, query.get("referredAccountId"), query.get("referredUserId"))
        rows = rows.filter(referred__in=people)
    if set(query) - COUNTED:
        return Listed(rows, None)
    sides = {column: query.get(name, "") for name, column in STATUS_COLUMNS.items()}
    return Listed(rows, counted_referrals(tenant.pk, members=members, **sides))


def _people(tenant: Tenant, account_id: str | None, user_id: str | None) -> list[int]:
    """The primary keys of those an account id, a user id, or both together can mean."""
    if account_id is not None:
        mates = people_of_account(tenant, account_id)
        return [mate.pk for mate in mates if user_id is None or mate.external_id == user_id]
    named = Person.objects.for_tenant(tenant).filter(external_id=user_id)
    return list(named.values_list("pk", flat=True))


def filter_users(tenant: Tenant, query: str) -> Listed:
    """Those whose e-mail address or one of whose names begins so, or whose id or account it is; the newest first."""
    people = Person.objects.for_tenant(tenant).filter(external_id__isnull=False).order_by("-id")
    text = query.strip()
    if not text:
        return Listed(people, counted_people(tenant.pk))
    lower = {name: Lower(name) for name in ("email", "first_name", "last_name")}
    begins = Q()
    for name in lower:
        begins |= Q(**{f"{name}_lower__startswith": text.lower()})
    named = people.alias(**{f"{name}_lower": column for name, column in lower.items()})
    return Listed(named.filter(begins | Q(external_id=text) | Q(account_id=text)), None)
