"""Lists, confirmations and removals, beyond what recordings tell."""

from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals.models import Attribution, Person, Referral
from referrals.services.touch_counts import fold_touches
from tenants.models import Domain, Tenant
from tests.api.attribution_service.worlds import (
    CODE,
    a_click,
    make_click,
    make_conversion,
    make_mentor,
    open_tenant,
    secret_of,
    twins_with_clicks,
)
from tests.cast import make_tenant
from tests.flows.threads import run_together

PATH = "/api/v1/referral-attributions"
JOINED = {"code": CODE, "new_member_id": "usr_5892", "confirmed_at": "2026-03-25T10:00:00Z"}


def keyed(world, scope: str = "read") -> Client:
    return Client(headers={"x-api-key": world[scope]})


def confirm(client: Client, click: str, **changes):
    return client.put(f"{PATH}/{click}", {**JOINED, **changes}, content_type="application/json")


LISTS = [("", 4), ("?type=conversion", 4), ("?mentor_id=usr_4491", 5), (f"?code={CODE}", 5), ("/mentor/usr_4491", 5)]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("query", "queries"), LISTS)
def test_a_list_costs_the_same_for_one_row_and_for_three(acme, rows, query, queries):
    """The key, the count, the page and its rows; and the codes that narrow it."""
    tenant = make_mentor(acme).tenant
    for number in range(rows):
        make_conversion(make_click(tenant, ip=f"185.12.34.{number}"), f"usr_{number}")
    client = Client(headers={"x-api-key": secret_of(tenant, scope="read")})
    assert len(client.get(PATH + query).json()["data"]) == rows

    with CaptureQueriesContext(connection) as asked:
        client.get(PATH + query)
    assert len(asked) == queries


def test_totals_cost_the_same_however_many_clicks(acme):
    tenant = make_mentor(acme).tenant
    client = Client(headers={"x-api-key": secret_of(tenant, scope="read")})
    for number in range(30):
        make_click(tenant, ip=f"185.12.34.{number}")
    fold_touches()
    client.get(PATH)

    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{PATH}/mentor/usr_4491/total").json()["total_clicks"] == 30
    assert len(asked) == 3
    assert not any('FROM "referrals_attribution"' in query["sql"] for query in asked)


def test_confirmed_click_is_a_referral(db):
    world = a_click()
    confirm(keyed(world, "write"), world["click"])

    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred.external_id) == (world["member"], "usr_5892")
    assert referral.attribution_id == Attribution.objects.get().pk


def test_no_refusal_leaves_a_person_behind(db):
    world = a_click()
    answers = [
        confirm(keyed(world, "write"), world["click"], **changes).status_code
        for changes in (
            {"code": "OTHER"},
            {"confirmed_at": "2026-01-01T00:00:00Z"},
            {"confirmed_at": "2026-08-01T00:00:00Z"},
        )
    ]

    assert answers == [422, 422, 409]
    assert (Person.objects.filter(external_id="usr_5892").count(), Referral.objects.count()) == (0, 0)


def test_of_another_tenant_nothing_changes(db):
    world = twins_with_clicks()
    before = list(Attribution.objects.order_by("pk").values())
    client = keyed(world, "write")

    assert [confirm(client, world["click"]).status_code, client.delete(f"{PATH}/{world['click']}").status_code] == [
        404,
        404,
    ]
    assert list(Attribution.objects.order_by("pk").values()) == before


def test_removed_click_is_hidden_everywhere_and_kept(db):
    world = a_click()
    keyed(world, "write").delete(f"{PATH}/{world['click']}")
    client = keyed(world)

    assert client.get(PATH).json() == {"data": [], "pagination": {"page": 1, "limit": 20, "total": 0}}
    assert client.get(f"{PATH}/mentor/usr_4491").json()["pagination"]["total"] == 0
    assert client.get(f"{PATH}/mentor/usr_4491/total").json()["total_clicks"] == 0
    assert confirm(keyed(world, "write"), world["click"]).status_code == 404
    assert Attribution.objects.get().deleted_at is not None


QUERIES = [
    "page=1e9", "page=99999999999999999999", "limit=" + "9" * 2000, "code=%ED%A0%80",
    "occurred_from=0001-01-01T00:00:00%2B14:00", "occurred_from=0001-01-01T00:00:00Z",
    "occurred_from=9999-12-31T23:59:59.999999Z", "occurred_to=9999-12-31T23:59:59Z",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_is_a_fault_of_ours(db, query):
    assert keyed(a_click()).get(f"{PATH}?{query}").status_code in {200, 400}


def test_page_beyond_all_is_empty(db):
    shown = keyed(a_click()).get(f"{PATH}?page=1000000000000&limit=100").json()

    assert (shown["data"], shown["pagination"]["total"]) == ([], 1)


class TestWithoutAKey:
    @pytest.fixture
    def world(self, db):
        return open_tenant()

    def test_host_tells_whose_attributions_are_meant(self, world, settings):
        settings.ALLOWED_HOSTS = ["*"]
        globex = make_mentor(make_tenant("globex", public_attributions=True)).tenant
        Domain.objects.create(tenant=globex, host="globex.example")
        make_click(globex)

        assert Client().get(PATH).status_code == 401
        assert Client(headers={"host": "globex.example"}).get(PATH).json()["pagination"]["total"] == 1

    def test_host_of_a_closed_tenant_is_closed(self, world, settings):
        settings.ALLOWED_HOSTS = ["*"]
        Domain.objects.create(tenant=make_tenant("globex"), host="globex.example")

        client = Client(headers={"host": "globex.example"})
        assert [client.get(PATH).status_code, client.get(f"{PATH}/{world['click']}").status_code] == [401, 401]

    def test_closed_tenant_is_not_among_several_open_ones(self, world):
        make_tenant("globex", public_attributions=True)
        make_tenant("third", public_attributions=True)
        Tenant.objects.filter(alias="acme").update(public_attributions=False)

        assert Client().get(f"{PATH}/{world['click']}").status_code == 404
        assert Client().delete(f"{PATH}/{world['click']}").status_code == 404

    def test_calls_are_limited(self, world, settings):
        settings.CLICKS_PER_MINUTE = 2

        assert [Client().get(PATH).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db(transaction=True)
def test_twenty_confirmations_at_once_confirm_once():
    world = a_click()

    def work(number: int) -> int:
        return confirm(keyed(world, "write"), world["click"], new_member_id=f"usr_{number % 2}").status_code

    assert Counter(run_together(20, work)) == {200: 10, 409: 10}
    assert Referral.objects.count() == 1
    total = keyed(world).get(f"{PATH}/mentor/usr_4491/total").json()
    assert (total["total_clicks"], total["total_conversions"]) == (1, 1)
