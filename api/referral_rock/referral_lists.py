"""Which referrals a list asks for, and in which order (contracts/referral-rock.md, 4.10 and 4.11)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from rest_framework import serializers

from api.referral_rock.bodies import Choice, Query, Text
from api.referral_rock.errors import Failure
from api.referral_rock.formats import EndField, TimeField, read_uuid
from api.referral_rock.gather.members import amount_of
from api.referral_rock.paging import PageQuery
from api.referral_rock.queries import programs_called, referral_by, referral_called
from api.referral_rock.referral_bodies import STATUSES
from api.referral_rock.words import REFERRAL_SORTS, has_status
from referrals.models import Code, Member, Referral
from tenants.models import Tenant

DEFAULT = "Create_Dt_Desc"
ORDERS = ("_Desc", "_Asc")
SORTS: dict[str, Callable[[], Any]] = {
    "Amount": amount_of,
    "Qualified_Dt": lambda: F("qualified_at"),
    "Closed_Dt": lambda: Coalesce("details__approved_at", "rewarded_at", "ended_at"),  # approved, or else denied
}


class ReferralsQuery(PageQuery):
    programId = Text(help_text="A program's id, name or title.")
    query = Text(max_length=320, help_text="An e-mail address, our id, an external id or the member's referral code.")
    memberId = Text(help_text="Of the referring member.")
    sort = Choice(*(f"{each}{order}" for each in REFERRAL_SORTS for order in ORDERS), default=DEFAULT)
    dateFrom = TimeField(help_text="Added then or later.")
    dateTo = EndField(help_text="Added then or before; a day is meant whole.")
    status = Choice(*STATUSES)


class SingleQuery(Query):
    """At least one of them. All that are given must hold."""

    email = Text(max_length=320)
    referralId = Text()
    externalId = Text()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise serializers.ValidationError("At least one of email, referralId or externalId is required.")
        return attrs


def filter_referrals(tenant: Tenant, told: dict[str, Any]) -> QuerySet[Referral]:
    """All conditions must hold. Raises Failure for a program that is unknown."""
    rows: QuerySet[Referral] = Referral.objects.for_tenant(tenant)
    if told.get("programId"):
        rows = rows.filter(program__in=read_programs(tenant, told["programId"]))
    if told.get("query"):
        rows = rows.filter(referral_called(tenant, told["query"]) | Q(code__in=_codes(tenant, told["query"])))
    if told.get("memberId"):
        rows = rows.filter(referrer__in=read_members(tenant, told["memberId"]))
    if told.get("dateFrom"):
        rows = rows.filter(attributed_at__gte=told["dateFrom"])
    if told.get("dateTo"):
        rows = rows.filter(attributed_at__lt=told["dateTo"])
    return rows.filter(has_status(told["status"])) if told.get("status") else rows


def sort_referrals(rows: QuerySet[Referral], sort: str) -> QuerySet[Referral]:
    """The order asked for; what has no such date comes last, and the latest sign-up first where all else is equal."""
    word, _, order = sort.rpartition("_")
    descends = order == "Desc"
    if word == "Create_Dt":
        sign = "-" if descends else ""
        return rows.order_by(f"{sign}attributed_at", f"{sign}pk")
    by = SORTS[word]()
    return rows.order_by(by.desc(nulls_last=True) if descends else by.asc(nulls_last=True), "-pk")


def find_single(tenant: Tenant, told: dict[str, Any]) -> Referral | None:
    """The latest referral of which all that was told holds."""
    rows = Referral.objects.for_tenant(tenant)
    if told.get("referralId"):
        rows = rows.filter(uid=read_uuid(told["referralId"]) or UUID(int=0))
    if told.get("email"):
        rows = rows.filter(referral_by(tenant, "email", told["email"]))
    if told.get("externalId"):
        rows = rows.filter(referral_by(tenant, "externalIdentifier", told["externalId"]))
    return rows.order_by("-attributed_at", "-pk").first()


def read_programs(tenant: Tenant, text: str) -> list[int]:
    """The primary keys of the programs called so. Raises Failure for none."""
    found = list(programs_called(tenant, text).values_list("pk", flat=True))
    if not found:
        raise Failure("There is no such program.")
    return found


def read_members(tenant: Tenant, text: str) -> list[int]:
    """The primary key of the member of that id, as a list; no member has an id that is none."""
    uid = read_uuid(text)
    return list(Member.objects.for_tenant(tenant).filter(uid=uid).values_list("pk", flat=True)) if uid else []


def _codes(tenant: Tenant, text: str) -> list[int]:
    return list(Code.objects.for_tenant(tenant).spelt(text).values_list("pk", flat=True))
