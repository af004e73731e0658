"""The marks two people share: one question to the database for all kinds of mark."""

from typing import Any, NamedTuple

from django.db import connection

from referrals.models import Identifier, Person

KINDS = [
    Identifier.Kind.STRIPE_CUSTOMER, Identifier.Kind.CARD, Identifier.Kind.MAILBOX, Identifier.Kind.NETWORK,
]  # fmt: skip
MOST = 5  # shared marks of a kind that are looked at, the latest first
HOUSEHOLD = 4  # so many people may share a network because they live together
OFFICE = 20  # and so many because they work together
CROWD = OFFICE + 1  # counting who bears a mark ends here


class SharedMark(NamedTuple):
    """A mark both people bear, by the ids of the two rows, and how many people of the tenant bear it."""

    kind: str
    identifiers: list[int]
    value: str
    people: int


# A mark that stands for both is a group of two rows: a person bears each mark once. Unlike a join of the table with
# itself this has no bad plan, also not for two people with many thousands of marks.
FIND_SHARED_MARKS = """
WITH shared AS MATERIALIZED (
    SELECT kind, value, array_agg(id ORDER BY person_id = %(other)s) AS identifiers,
           row_number() OVER (PARTITION BY kind ORDER BY max(id) DESC) AS place
    FROM referrals_identifier
    WHERE tenant_id = %(tenant)s AND person_id IN (%(one)s, %(other)s) AND kind = ANY(%(kinds)s::text[])
    GROUP BY kind, value
    HAVING count(*) = 2
)
SELECT kind, identifiers, value, (
    SELECT count(*) FROM (
        SELECT FROM referrals_identifier
        WHERE tenant_id = %(tenant)s AND kind = shared.kind AND value = shared.value
        LIMIT %(crowd)s
    ) AS bearers
)
FROM shared WHERE place <= %(most)s
ORDER BY kind, place
"""


def find_shared_marks(tenant_id: int, one: Person, other: Person) -> list[SharedMark]:
    """What a tenant knows both people by, the latest of each kind."""
    parameters: dict[str, Any] = {
        "kinds": [str(kind) for kind in KINDS], "one": one.pk, "other": other.pk, "tenant": tenant_id,
        "most": MOST, "crowd": CROWD,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FIND_SHARED_MARKS, parameters)
        return [SharedMark(*row) for row in cursor.fetchall()]
