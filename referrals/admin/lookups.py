"""What a search term can name, each as one lookup in an index. They are joined by UNION, never by OR.

Staff search across tenants, while the indexes begin with the tenant: `tenant__in` makes one probe per tenant of them.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from referrals.models import Action, Code, Identifier, Person, Referral
from tenants.models import Tenant

HELP = "Code, e-mail, id or invoice"
MOST_PEOPLE = 200  # one address of several tenants; beyond that the term names nobody in particular


def every_tenant() -> QuerySet[Tenant]:
    return Tenant.objects.order_by()


def by_id(rows: "QuerySet[Any]", term: str) -> "list[QuerySet[Any]]":
    """Rows with that number or public id."""
    if term.isdecimal() and len(term) < 19:  # noqa: PLR2004  # digits of a bigint
        return [rows.filter(pk=int(term))]
    try:
        return [rows.filter(uid=UUID(term))]
    except ValueError:
        return []


def find_people(term: str) -> list[QuerySet[Person]]:
    known = Person.objects.filter(tenant__in=every_tenant())
    marks = Identifier.objects.filter(
        tenant__in=every_tenant(),
        kind__in=[Identifier.Kind.STRIPE_CUSTOMER, Identifier.Kind.MAILBOX],
        value__in=[term, term.lower()],
    )
    return [
        *by_id(Person.objects.all(), term),
        known.filter(external_id=term),
        known.alias(lower_email=Lower("email")).filter(lower_email=term.lower()),
        Person.objects.filter(pk__in=marks.values("person")),
    ]


def person_ids(term: str) -> list[int]:
    first, *others = (rows.order_by().values_list("pk", flat=True) for rows in find_people(term))
    return list(first.union(*others)[:MOST_PEOPLE])


def find_codes(term: str) -> QuerySet[Code]:
    return Code.objects.all().spelt(term)


def find_referrals(term: str) -> list[QuerySet[Referral]]:
    people = person_ids(term)
    invoices = Action.objects.filter(tenant__in=every_tenant(), key=term)
    return [
        *by_id(Referral.objects.all(), term),
        Referral.objects.filter(code__in=find_codes(term).values("pk")),
        Referral.objects.filter(referred__in=people),
        Referral.objects.filter(referrer__person__in=people),
        Referral.objects.filter(pk__in=invoices.values("referral")),
    ]
