"""Which members a list asks for, and in which order (contracts/referral-rock.md, 4.4)."""

from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Lower

from api.referral_rock.bodies import Choice, Flag, Text
from api.referral_rock.errors import Failure
from api.referral_rock.formats import EndField, TimeField
from api.referral_rock.paging import Page, PageQuery, ids_of
from api.referral_rock.queries import members_by, members_called, programs_called
from api.referral_rock.words import MEMBER_SORTS
from credits.models import Reward
from referrals.models import Member, Side
from tenants.models import Tenant

DEFAULT = "Create_Dt_Desc"
ORDERS = ("_Desc", "_Asc")


class MembersQuery(PageQuery):
    programId = Text(help_text="A program's id, name or title.")
    query = Text(max_length=320, help_text="An e-mail address, our id, an external id or a referral code.")
    showDisabled = Flag(help_text="true: disabled members, false: the others. Absent: all.")
    sort = Choice(*(f"{each}{order}" for each in MEMBER_SORTS for order in ORDERS), default=DEFAULT)
    dateFrom = TimeField(help_text="Added then or later.")
    dateTo = EndField(help_text="Added then or before; a day is meant whole.")


def filter_members(tenant: Tenant, told: dict[str, Any]) -> QuerySet[Member]:
    """All conditions must hold, unless the query is a member's own id. Raises Failure for an unknown program."""
    rows: QuerySet[Member] = Member.objects.for_tenant(tenant)
    if told.get("query"):
        rows = members_called(tenant, told["query"])
        by_id = members_by(tenant, "memberId", told["query"])
        if by_id.exists():
            return by_id
    if told.get("programId"):
        rows = rows.filter(program__in=_programs(tenant, told["programId"]))
    if told.get("showDisabled") is not None:
        disabled = Q(status=Member.Status.DISABLED)
        rows = rows.filter(disabled if told["showDisabled"] else ~disabled)
    if told.get("dateFrom"):
        rows = rows.filter(created_at__gte=told["dateFrom"])
    return rows.filter(created_at__lt=told["dateTo"]) if told.get("dateTo") else rows


def page_of(rows: QuerySet[Member], tenant: Tenant, sort: str, page: Page) -> list[int]:
    """The primary keys of a page in the order asked for; the latest added first where all else is equal."""
    word, _, order = sort.rpartition("_")
    descends = order == "Desc"
    if word == "Page_Views":
        return _by_page_views(rows, tenant, page, descends=descends)
    return ids_of(_sorted(rows, word, "-" if descends else ""), page)


def _sorted(rows: QuerySet[Member], word: str, sign: str) -> QuerySet[Member]:
    match word:
        case "Member_Views":
            return rows.order_by(f"{sign}views", "-pk")
        case "Lead_Count":
            kept = Q(referrals__removed_at__isnull=True)
            return rows.annotate(leads=Count("referrals", filter=kept)).order_by(f"{sign}leads", "-pk")
        case "Reward_Issued_Total":
            return rows.annotate(issued=_issued()).order_by(f"{sign}issued", "-pk")
        case "Member_Full_Name":
            names = {"first": Lower("person__first_name"), "last": Lower("person__last_name")}
            return rows.alias(**names).order_by(f"{sign}first", f"{sign}last", "-pk")
        case _:
            return rows.order_by(f"{sign}created_at", f"{sign}pk")


def _issued() -> Sum:
    """What a member was issued as a referrer, in the currency of the program."""
    reward = "person__rewards__"
    own = {f"{reward}program": F("program"), f"{reward}currency": F("program__currency")}
    issued = Q(**{f"{reward}status": Reward.Status.ISSUED, f"{reward}side": Side.REFERRER}, **own)
    return Sum(F(f"{reward}amount") - F(f"{reward}reversed_amount"), filter=issued, default=0)


# Counts, with what is still to be folded into them; a code that nobody clicked has none.
VIEWED = """
SELECT m.id FROM ({rows}) m LEFT JOIN (
    SELECT c.member_id, sum(t.n) AS n FROM referrals_touches_counted t JOIN referrals_code c ON c.id = t.code_id
    WHERE c.tenant_id = %s AND t.tenant_id = %s AND t.span = 'ever' AND t.is_click GROUP BY c.member_id
) v ON v.member_id = m.id
ORDER BY coalesce(v.n, 0) {order}, m.id DESC OFFSET %s LIMIT %s
"""


def _by_page_views(rows: QuerySet[Member], tenant: Tenant, page: Page, *, descends: bool) -> list[int]:
    """By the valid clicks on all codes of a member."""
    wanted, parameters = rows.order_by().values("id").query.sql_with_params()
    statement = VIEWED.format(rows=wanted, order="DESC" if descends else "ASC")
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, tenant.pk, tenant.pk, page.offset, page.most])
        return [row[0] for row in cursor.fetchall()]


def _programs(tenant: Tenant, text: str) -> list[int]:
    found = list(programs_called(tenant, text).values_list("pk", flat=True))
    if not found:
        raise Failure("There is no such program.")
    return found
