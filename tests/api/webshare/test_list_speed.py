"""The list of credits is as quick with very many as with a thousand, on its first page and in the middle."""

from statistics import median
from time import perf_counter

import pytest
from django.db import connection
from django.test import Client

from api.webshare.counts import fold_credits
from tenants.models import Plan
from tests.api.webshare.worlds import token_of
from tests.cast import make_member, make_program, make_tenant
from tests.credits.bulk import add_credits

LIST = "/api/v2/referral/credit/"
MANY = 100_000
TIMES = 3
TABLES = ["credits_reward", "referrals_referral", "referrals_code", "webshare_creditcount", "webshare_creditdelta"]


def make_list(alias: str, number: int) -> dict[str, Client]:
    """A tenant whose Alice and whose referred people have so many credits; its own key, and Alice's."""
    tenant = make_tenant(alias)
    alice = make_member(make_program(tenant), "alice", code=alias.upper())
    assert add_credits(alice, referrals=number // 2) == number
    Plan.objects.filter(pk=tenant.plan_id).update(calls_per_minute=10**6)
    tokens = {"tenant": token_of(tenant), "person": token_of(tenant, person=alice.person)}
    return {name: Client(headers={"Authorization": f"Token {token}"}) for name, token in tokens.items()}


def milliseconds(client: Client, query: dict[str, object]) -> float:
    took = []
    for _ in range(9):
        start = perf_counter()
        assert client.get(LIST, query).status_code == 200
        took.append(perf_counter() - start)
    return 1000 * median(took)


@pytest.mark.slow
def test_a_page_takes_no_longer_among_very_many(db):
    few, many = make_list("few", 1000), make_list("many", MANY)
    while fold_credits():
        pass
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")

    for name, of_all in (("tenant", 1), ("person", 2)):  # a half of them are Alice's
        for query in ({}, {"status": "pending"}, {"mode": "credits", "referral_channel": ""}):
            for page in ("first", "middle"):
                took = [
                    milliseconds(client[name], {**query, "page": 1 if page == "first" else number // of_all // 50 or 1})
                    for client, number in ((few, 1000), (many, MANY))
                ]
                print(f"{name} {query} {page}: {took[0]:.1f} ms of 1,000, {took[1]:.1f} ms of {MANY:,}")
                if name == "tenant" or "status" not in query:  # within one person it is walked to
                    assert took[1] < TIMES * took[0]
