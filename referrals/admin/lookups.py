"""What a search term can name. Each kind of name is one small lookup in an index; what they find is joined by ids.

Staff search across tenants, while the indexes begin with the tenant: `tenant__in` makes one probe per tenant of them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from referrals.models import Action, Code, Identifier, Member, Person, Referral
from tenants.models import Tenant

HELP = "Code, e-mail, id or invoice"
MOST = 200  # of each kind that one term may name, such as an address known to many tenants


@dataclass(frozen=True)
class Named:
    """The ids of all that a term names."""

    people: list[int]
    members: list[int]
    codes: list[int]
    referrals: list[int]


def look_up(term: str) -> Named:
    people = _ids(Person.objects.filter(person_condition(term)))
    return Named(
        people=people,
        members=_ids(Member.objects.filter(person__in=people)) if people else [],
        codes=_ids(Code.objects.all().spelt(term)),
        referrals=[
            *_ids(Action.objects.filter(tenant__in=every_tenant(), key=term), "referral_id"),
            *(_ids(Referral.objects.filter(by_id(term))) if by_id(term) else []),
        ],
    )


def every_tenant() -> QuerySet[Tenant]:
    return Tenant.objects.order_by()


def by_id(term: str) -> Q:
    """The row with that number or public id; empty when it is neither."""
    if term.isdecimal() and len(term) < 19:  # noqa: PLR2004  # digits of a bigint
        return Q(pk=int(term))
    try:
        return Q(uid=UUID(term))
    except ValueError:
        return Q()


def people_named(term: str) -> list[Q]:
    return [Q(pk__in=_ids(Person.objects.filter(person_condition(term))))]


def referrals_named(term: str, path: str = "") -> list[Q]:
    """Conditions for referrals, or with `path` for what belongs to one. Those of one condition are on one table: an OR
    across tables could use no index.
    """
    named, prefix = look_up(term), f"{path}__" if path else ""
    own = Q(**{f"{path or 'pk'}__in": named.referrals})
    linked = {"code": named.codes, "referred": named.people, "referrer": named.members}
    links = [Q(**{f"{prefix}{name}__in": ids}) for name, ids in linked.items() if ids]
    joined = Q(*links, _connector=Q.OR) if links else Q(pk__in=[])
    return [own, joined] if path else [own | joined]


def person_condition(term: str) -> Q:
    """As a condition on ids found by each index for itself, so that none has to read the table for the others."""
    known = Person.objects.filter(tenant__in=every_tenant()).order_by()
    marks = Identifier.objects.filter(
        tenant__in=every_tenant(),
        kind__in=[Identifier.Kind.STRIPE_CUSTOMER, Identifier.Kind.MAILBOX],
        value__in=[term, term.lower()],
    )
    found = [
        known.filter(external_id=term).values("pk"),
        known.alias(lower_email=Lower("email")).filter(lower_email=term.lower()).values("pk"),
        marks.order_by().values("person"),
        *([Person.objects.filter(by_id(term)).order_by().values("pk")] if by_id(term) else []),
    ]
    return Q(pk__in=found[0].union(*found[1:]))


def _ids(rows: "QuerySet[Any]", column: str = "pk") -> list[int]:
    return list(rows.order_by().values_list(column, flat=True)[:MOST])
