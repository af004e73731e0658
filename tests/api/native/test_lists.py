"""Lists: pages, filters, ordering, `fields` and `expand`; and one row costs as many queries as three."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.native.ids import id_of
from api.native.urls import RESOURCES
from credits.models import LedgerEntry, Review, Reward, RewardRule
from credits.services.by_hand import give_reward
from credits.services.programs import create_program
from events.models import Delivery, WebhookEndpoint
from events.services.endpoints import send_test, subscribe
from payouts.models import Payout, PayoutMethod
from payouts.services.issuing import issue_rewards
from payouts.services.methods import create_method
from referrals.models import Action, Attribution, Code, Identifier, Member, Person, Program, Referral
from referrals.services.people import note_identifier
from tenants.models import ApiKey
from tenants.services.keys import create_key
from tests.cast import NOON, make_member, make_person, make_program, make_referral, pay

MODELS = {
    "programs": Program, "reward-rules": RewardRule, "people": Person, "members": Member, "codes": Code,
    "attributions": Attribution, "referrals": Referral, "actions": Action, "rewards": Reward, "reviews": Review,
    "ledger-entries": LedgerEntry, "payout-methods": PayoutMethod, "payouts": Payout,
    "webhook-endpoints": WebhookEndpoint, "deliveries": Delivery, "keys": ApiKey,
}  # fmt: skip


def fill(tenant, number: int) -> None:
    """One more row of every list, each of things of its own."""
    Program.objects.filter(tenant=tenant, name="default").update(name=f"program {number}")
    program = make_program(tenant)
    member = make_member(program, f"member-{number}")
    referral = make_referral(member, f"friend-{number}")
    pay(referral, 100_00, key=f"in_{number}")
    note_risk(member, number)
    reward = give_reward(
        make_person(tenant, f"winner-{number}"), program, amount=2_500, currency="USD", actor="test", at=NOON
    )
    method = create_method(program, name=f"by hand {number}", kind="manual", currency="USD", at=NOON)
    issue_rewards([reward], method, actor="test", at=NOON, early=True)
    endpoint = subscribe(tenant, dialect="vouch", url=f"https://hooks.test/{number}", at=NOON, secret="whsec_AAAA")
    send_test(endpoint, topic="webhook.test", at=NOON)
    create_key(tenant, scopes=["read"], at=NOON)


def note_risk(member, number: int) -> None:
    """A referral that is held, since both pay with one card."""
    referral = make_referral(member, f"twin-{number}")
    for person in (member.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, f"fp_{number}", at=NOON)
    pay(referral, 100_00, key=f"in_twin_{number}")


@pytest.fixture
def filled(acme, program, api):
    ApiKey.objects.update(last_used_at="2100-01-01T00:00:00Z")
    fill(acme, 0)
    return acme


def queries_of(api, path: str) -> int:
    api.get(path)  # the feed numbers what is new when it is read
    with CaptureQueriesContext(connection) as seen:
        answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return len(seen)


def asked_lists() -> list[str]:
    expanded = [f"{name}?expand={path}" for name, view in RESOURCES.items() for path in view.expands]
    everything = [f"{name}?expand={','.join(view.expands)}" for name, view in RESOURCES.items() if view.expands]
    return [*RESOURCES, *expanded, *everything]


def test_three_rows_cost_as_many_queries_as_one_in_every_list_and_under_every_expansion(filled, api):
    before = {path: (queries_of(api, path), len(api.get(path).json()["data"])) for path in asked_lists()}
    fill(filled, 1)
    fill(filled, 2)

    after = {path: (queries_of(api, path), len(api.get(path).json()["data"])) for path in asked_lists()}

    assert {path: count for path, (count, _) in after.items()} == {path: count for path, (count, _) in before.items()}
    assert [path for path in after if after[path][1] < before[path][1] + 2] == ["events"]  # it tells what is committed


def test_objects_cost_as_many_queries_whatever_hangs_on_them(filled, api):
    found = {name: api.get(f"{name}/{id_of(model.objects.order_by('pk').first())}") for name, model in MODELS.items()}

    assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(MODELS, 200)
    assert all(answer.headers["ETag"] for answer in found.values())


@pytest.mark.parametrize("ordering", ["", "&ordering=created_at", "&ordering=-created_at", "&ordering=id"])
def test_cursor_shows_each_row_once_however_many_are_of_one_instant(acme, api, ordering):
    people = [make_person(acme, f"person-{number}") for number in range(7)]
    Person.objects.filter(pk=people[3].pk).update(created_at=NOON + timedelta(days=1))
    forth, back = walk(api, f"people?limit=2{ordering}")

    names = {id_of(person) for person in people}
    assert (len(forth), set(forth)) == (7, names)
    assert back == forth[:-1][::-1]


def walk(api, path: str) -> tuple[list[str], list[str]]:
    """The ids on the way to the end, and on the way back but for the last page."""
    forth, back, answer = [], [], api.get(path).json()
    forth += [each["id"] for each in answer["data"]]
    while answer["next"]:
        answer = api.get(answer["next"].partition("/v1/")[2]).json()
        forth += [each["id"] for each in answer["data"]]
    while answer["previous"]:
        answer = api.get(answer["previous"].partition("/v1/")[2]).json()
        back += [each["id"] for each in answer["data"]][::-1]
    return forth, back


def test_deep_page_costs_as_many_queries_and_stays_in_place_when_rows_are_added(acme, api):
    people = [make_person(acme, f"person-{number}") for number in range(30)]
    second = api.get("people?limit=10").json()["next"].partition("/v1/")[2]
    make_person(acme, "newer")

    rows = api.get(second).json()["data"]

    assert [each["id"] for each in rows] == [id_of(person) for person in people[10:20]][::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "limit=", "cursor=x", "cursor=WzEsMl0", "page=1", "ordering=email",
        "ordering=id,created_at", "expand=nobody", "fields=secret", "colour=red", "created_at_after=yesterday",
    ],
)  # fmt: skip
def test_what_a_list_does_not_know_is_refused_by_name(api, query):
    answer = api.get(f"people?{query}")

    name = query.partition("=")[0]
    problem = answer.json()
    fields = [error["field"] for error in problem["errors"]]
    assert (answer.status_code, problem["code"], fields) == (
        400,
        "bad_request",
        [name if "after" not in name else "created_at"],
    )


def test_pages_by_number_say_how_many_there_are(acme, api):
    for name in ("a", "b", "c"):
        create_program(acme, name=name, at=NOON)

    pages = [api.get(f"programs?limit=2&ordering=name&page={number}").json() for number in (1, 2)]

    assert [[each["name"] for each in page["data"]] for page in pages] == [["a", "b"], ["c"]]
    assert [page["total"] for page in pages] == [3, 3]
    assert api.get("programs?page=9").status_code == 400


def test_filters_take_one_value_several_and_ranges(acme, program, alice, api):
    first, second = make_referral(alice, "dana"), make_referral(alice, "erin", at=NOON + timedelta(days=3))
    pay(second, 100_00, at=NOON + timedelta(days=3))
    member = id_of(alice)

    found = {
        query: sorted(each["id"] for each in api.get(f"referrals?{query}").json()["data"])
        for query in (
            "status=attributed", "status=attributed,rewarded", f"referrer={member}", "referrer=mem_0", "code=alice",
            "attributed_at_after=2026-06-02T00:00:00Z", "attributed_at_before=2026-06-01T12:00:00Z",
        )
    }  # fmt: skip

    both = sorted([id_of(first), id_of(second)])
    assert list(found.values()) == [[id_of(first)], both, both, [], both, [id_of(second)], [id_of(first)]]


def test_fields_and_expand(acme, alice, api):
    referral = make_referral(alice, "dana")
    path = f"referrals/{id_of(referral)}"

    narrow = api.get(f"{path}?fields=status,code").json()
    whole = api.get(f"{path}?expand=referrer.person,referred").json()

    assert narrow == {"id": id_of(referral), "code": "ALICE", "status": "attributed"}
    assert (whole["referrer"]["person"]["external_id"], whole["referred"]["external_id"]) == ("alice", "dana")
    assert whole["program"] == id_of(referral.program)
