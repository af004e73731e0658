"""The lists of four dialects are as quick among very many rows as among a thousand, also in the middle.

`VOUCH_LISTED_CREDITS=1000000 VOUCH_LISTED_TOUCHES=5000000 ./run test tests/api/test_list_speed.py -s` is the full size.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

import pytest
from django.test import Client

from tests.api.list_worlds import World, make_world, settle

CREDITS = int(os.environ.get("VOUCH_LISTED_CREDITS", "50000"))
TOUCHES = int(os.environ.get("VOUCH_LISTED_TOUCHES", "100000"))
FEW = 1000
TIMES = 3
ROUNDS = 15

SAASQUATCH = "/api/v1/{alias}"
CREDIT = "/api/v2/referral/credit/"
TOUCH = "/api/v1/referral-attributions"
ALICE = {"referringAccountId": "alice-co", "referringUserId": "alice"}

Query = dict[str, object]


@dataclass(frozen=True)
class List:
    """`walks` where a page in the middle is walked to, or rows are counted: bounded by what is asked for alone."""

    path: str
    style: str
    query: Query
    of_alice: bool = False
    walks: bool = False

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.path}{'?' if query else ''}{query}{' as Alice' if self.of_alice else ''}"


LISTS = [
    List(TOUCH, "Bearer", {}),
    List(TOUCH, "Bearer", {"status": "confirmed"}),
    List(TOUCH, "Bearer", {"mentor_id": "alice", "type": "click"}),
    List(TOUCH, "Bearer", {"occurred_to": "2026-06-01T11:30:00Z"}),
    List(f"{TOUCH}/mentor/alice", "Bearer", {}),
    List("/api/v1/admin/referrals", "Bearer", {}),
    List("/api/v1/admin/referrals", "Bearer", {"status": "rewarded"}),
    List("/api/v1/admin/referrals", "Bearer", {"user_id": "alice"}),
    List("/api/v1/admin/referrals", "Bearer", {"pending_grant": "true"}),
    List("/api/v1/referrals/me/events", "Bearer", {}, of_alice=True),
    List(f"{SAASQUATCH}/referrals", "Basic", {}),
    List(f"{SAASQUATCH}/referrals", "Basic", {"referrerModerationStatus": "PENDING"}),
    List(f"{SAASQUATCH}/referrals", "Basic", {"referringAccountId": "alice-co"}),
    List(f"{SAASQUATCH}/referrals", "Basic", {"dateReferralPaid": "0,1900000000000"}, walks=True),
    List(f"{SAASQUATCH}/open/referrals", "Basic", {**ALICE}),
    List(f"{SAASQUATCH}/open/referrals", "Basic", {"referredAccountId": "{referred}", "referredUserId": "{referred}"}),
    List(f"{SAASQUATCH}/users", "Basic", {}),
    List(f"{SAASQUATCH}/users", "Basic", {"query": "{referred}"}),
    List(f"{SAASQUATCH}/reward", "Basic", {"accountId": "{referred}"}),
    List(CREDIT, "Token", {}),
    List(CREDIT, "Token", {"ordering": "id"}),
    List(CREDIT, "Token", {"status": "pending"}),
    List(CREDIT, "Token", {"mode": "credits", "referral_channel": ""}),
    List(CREDIT, "Token", {"ordering": "created_at"}, walks=True),
    List(CREDIT, "Token", {"ordering": "-amount"}, walks=True),
    List(CREDIT, "Token", {}, of_alice=True),
    List(CREDIT, "Token", {"status": "pending"}, of_alice=True),
    List(CREDIT, "Token", {"status": "available", "mode": "credits"}, of_alice=True),
    List("/api/v2/referral/earnout/", "Token", {}),
    List("/api/v2/referral/channel/", "Token", {}),
]


def in_the_middle(query: Query, answer: object) -> Query | None:
    """What asks for the page in the middle of a list; None where the list has no pages."""
    if not isinstance(answer, dict):
        return None
    if "totalCount" in answer:
        return {**query, "offset": answer["totalCount"] // 2}
    total = answer["pagination"]["total"] if "pagination" in answer else answer.get("count")
    size = len(answer.get("results") or answer.get("data") or [])
    return None if total is None or not size else {**query, "page": total // size // 2 or 1}


def milliseconds(calls: list[Callable[[], object]]) -> list[float]:
    """The middle of many calls of each, made by turns: so that what else the machine does slows all of them alike."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, took, strict=True):
            start = perf_counter()
            call()
            times.append(1000 * (perf_counter() - start))
    return [median(times) for times in took]


class Asked:
    """One list of one world."""

    def __init__(self, listed: List, world: World) -> None:
        self.client: Client = world.caller(listed.style, of_alice=listed.of_alice)
        name = world.referred.external_id
        self.path = listed.path.format(alias=world.alice.tenant.alias)
        self.first = {key: str(value).format(referred=name) for key, value in listed.query.items()}
        self.middle = in_the_middle(self.first, self.get(self.first))

    def get(self, query: Query | None) -> object:
        answer = self.client.get(self.path, query)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_page_takes_no_longer_among_very_many():
    few = make_world("few", credits=FEW, touches=FEW)
    many = make_world("many", credits=CREDITS, touches=TOUCHES)
    settle()

    slow = []
    for listed in LISTS:
        asked = [Asked(listed, world) for world in (few, many)]
        for page in ("first", "middle"):
            if page == "middle" and asked[0].middle is None:
                continue
            small, large = milliseconds([partial(one.get, getattr(one, page)) for one in asked])
            print(f"{large / small:5.2f}  {small:7.1f}  {large:7.1f}  {page:6}  {listed}", flush=True)
            if large >= TIMES * small and not listed.walks:
                slow.append((str(listed), page, round(small, 1), round(large, 1)))
    assert slow == []
