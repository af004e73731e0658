"""The marks two people share: one question to the database for all kinds of mark."""

from typing import NamedTuple

from django.db import connection

from referrals.models import Identifier, Person
from tenants.models import Tenant

KINDS = [
    Identifier.Kind.STRIPE_CUSTOMER, Identifier.Kind.CARD, Identifier.Kind.MAILBOX, Identifier.Kind.NETWORK,
]  # fmt: skip
MOST = 5  # shared marks of a kind that are looked at, the latest first
CROWD = 21  # counting who else bears a mark ends here


class SharedMark(NamedTuple):
    """A mark both people bear, by the ids of the two rows, and how many people of the tenant bear it."""

    kind: str
    identifiers: list[int]
    value: str
    people: int


# Bounded whatever the two people have collected: each of the referrer's marks is one probe of the unique index.
FIND_SHARED_MARKS = """
SELECT shared.*
FROM unnest(%(kinds)s::text[]) AS wanted (kind)
CROSS JOIN LATERAL (
    SELECT mine.kind, ARRAY[mine.id, theirs.id], mine.value, (
        SELECT count(*) FROM (
            SELECT FROM referrals_identifier other
            WHERE other.tenant_id = mine.tenant_id AND other.kind = mine.kind AND other.value = mine.value
            LIMIT %(crowd)s
        ) AS crowd
    )
    FROM referrals_identifier mine
    JOIN referrals_identifier theirs
      ON theirs.tenant_id = mine.tenant_id AND theirs.kind = mine.kind AND theirs.value = mine.value
    WHERE mine.person_id = %(one)s AND theirs.person_id = %(other)s
      AND mine.kind = wanted.kind AND mine.tenant_id = %(tenant)s
    ORDER BY mine.id DESC
    LIMIT %(most)s
) AS shared
"""


def find_shared_marks(tenant: Tenant, one: Person, other: Person) -> list[SharedMark]:
    """What a tenant knows both people by, the latest of each kind."""
    parameters = {
        "kinds": [str(kind) for kind in KINDS], "one": one.pk, "other": other.pk, "tenant": tenant.pk,
        "most": MOST, "crowd": CROWD,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FIND_SHARED_MARKS, parameters)
        return [SharedMark(*row) for row in cursor.fetchall()]
