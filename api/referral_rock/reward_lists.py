"""Which rewards a list asks for, and in which order (contracts/referral-rock.md, 4.21)."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from api.referral_rock.bodies import Choice, Text
from api.referral_rock.formats import EndField, TimeField, read_uuid
from api.referral_rock.paging import PageQuery
from api.referral_rock.queries import people_called
from api.referral_rock.referral_lists import read_members, read_programs
from api.referral_rock.words import REWARD_SORTS, REWARD_STATUSES
from credits.models import Reward
from referrals.models import Code, Member, Referral, Side
from tenants.models import Tenant

DEFAULT = "Create_Dt_Desc"
ORDERS = ("_Desc", "_Asc")
SORTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "Create_Dt": lambda: (F("created_at"),),
    "Reward_Action": lambda: (F("action__occurred_at"),),  # when it was done; by hand comes last
    "Recipient_Name": lambda: (Lower("person__first_name"), Lower("person__last_name")),
    "Complete_Dt": lambda: (F("issued_at"),),
}


class RewardsQuery(PageQuery):
    programId = Text(help_text="A program's id, name or title.")
    memberId = Text(help_text="Of the member it has to do with.")
    query = Text(max_length=320, help_text="The recipient's e-mail address, id or external id; or a referral code.")
    status = Choice(*dict.fromkeys(REWARD_STATUSES.values()))
    sort = Choice(*(f"{each}{order}" for each in REWARD_SORTS for order in ORDERS), default=DEFAULT)
    dateFrom = TimeField(help_text="Earned then or later.")
    dateTo = EndField(help_text="Earned then or before; a day is meant whole.")


def filter_rewards(tenant: Tenant, told: dict[str, Any]) -> QuerySet[Reward]:
    """All conditions must hold. Raises Failure for a program that is unknown."""
    rows: QuerySet[Reward] = Reward.objects.for_tenant(tenant).standing()
    if told.get("programId"):
        rows = rows.filter(program__in=read_programs(tenant, told["programId"]))
    if told.get("memberId"):
        rows = rows.filter(_of_members(read_members(tenant, told["memberId"])))
    if told.get("query"):
        rows = rows.filter(_to_recipients(tenant, told["query"]))
    if told.get("status"):
        rows = rows.filter(status__in=[state for state, word in REWARD_STATUSES.items() if word == told["status"]])
    if told.get("dateFrom"):
        rows = rows.filter(created_at__gte=told["dateFrom"])
    return rows.filter(created_at__lt=told["dateTo"]) if told.get("dateTo") else rows


def sort_rewards(rows: QuerySet[Reward], sort: str) -> QuerySet[Reward]:
    """The order asked for; what has no such date comes last, and the latest earned first where all else is equal."""
    word, _, order = sort.rpartition("_")
    if word == "Create_Dt":
        sign = "-" if order == "Desc" else ""
        return rows.order_by(f"{sign}created_at", f"{sign}pk")
    fields = [by.desc(nulls_last=True) if order == "Desc" else by.asc(nulls_last=True) for by in SORTS[word]()]
    return rows.order_by(*fields, "-pk")


def _of_members(members: list[int]) -> Q:
    """What they earned, and what those earned whom they brought in."""
    found = Q(pk__in=[])
    for person, program in Member.objects.filter(pk__in=members).values_list("person", "program"):
        found |= Q(person=person, program=program, side=Side.REFERRER)
    return found | Q(side=Side.REFERRED, referral__in=Referral.objects.filter(referrer__in=members).values("pk"))


def _to_recipients(tenant: Tenant, text: str) -> Q:
    """Rewards whose recipient a text means: by e-mail address or external id, as a referral or a member by id, or as a
    member by a code.
    """
    found, uid = Q(person__in=people_called(tenant, text)), read_uuid(text)
    codes = Code.objects.for_tenant(tenant).spelt(text).values_list("member", flat=True)
    meant = Q(pk__in=list(codes)) | (Q(uid=uid) if uid else Q(pk__in=[]))
    for person, program in Member.objects.for_tenant(tenant).filter(meant).values_list("person", "program"):
        found |= Q(person=person, program=program, side=Side.REFERRER)
    referrals = Referral.objects.for_tenant(tenant).filter(uid=uid).values_list("pk", flat=True) if uid else []
    return found | Q(side=Side.REFERRED, referral__in=list(referrals))
