"""Many members at once: each item by itself, whatever becomes of the others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.models import Event
from referrals.models import Member
from tests.api.referral_rock.worlds import add_second_program, make_member

UPDATE, REMOVE = "/api/members/update", "/api/members/remove"


def send(caller, path: str, items: list, method: str = "post") -> list[dict]:
    answer = getattr(caller, method)(path, items, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def item(member: Member, **fields) -> dict:
    return {"query": {"primaryInfo": {"memberId": str(member.uid)}}, "member": fields}


def statuses(results: list[dict]) -> list[str]:
    return [result["resultInfo"]["Status"] for result in results]


def test_one_item_that_fails_takes_back_its_own_changes_alone(caller, alice, program):
    dana = make_member(program, "dana")

    results = send(
        caller,
        UPDATE,
        [
            item(dana, phone="1", referralCode="ALICE"),
            item(dana, lastName="Ruiz"),
            item(dana, email="alice@alice.example"),
        ],
    )

    assert statuses(results) == ["Failed", "Succeeded", "Failed"]
    person = Member.objects.get(pk=dana.pk).person
    assert (person.phone, person.last_name, person.email) == ("", "Ruiz", "dana@dana.example")


def test_member_named_twice_is_shown_as_it_is_in_the_end(caller, alice):
    results = send(caller, UPDATE, [item(alice, phone="1"), item(alice, phone="2")])

    assert [result["member"]["phone"] for result in results] == ["2", "2"]


def test_absent_and_null_fields_stay_and_empty_ones_are_emptied(caller, alice):
    send(caller, UPDATE, [item(alice, phone="1", city="Oxford", externalIdentifier="crm-119")])

    shown = send(caller, UPDATE, [item(alice, phone=None, city="", externalIdentifier="")])[0]["member"]

    assert (shown["phone"], shown["city"], shown["externalIdentifier"]) == ("1", "", "")
    assert Member.objects.get(pk=alice.pk).person.external_id is None


def test_query_that_means_two_members_changes_neither(caller, alice, acme):
    autumn = add_second_program(acme)
    autumn.title = "Spring Invite"
    autumn.save(update_fields=["title"])
    make_member(autumn, "alice", code="ALICE2")
    query = {"secondaryInfo": {"email": "ALICE@alice.example"}, "tertiaryInfo": {"programTitle": "spring invite"}}

    results = send(caller, UPDATE, [{"query": query, "member": {"phone": "1"}}])

    assert results[0]["resultInfo"] == {"Status": "Failed", "Message": "More than one member is meant."}
    assert Member.objects.get(pk=alice.pk).person.phone == ""


def test_disabled_member_gets_back_the_status_they_had(caller, alice):
    disabled = send(caller, UPDATE, [item(alice, disabledFlag=True)])[0]["member"]
    enabled = send(caller, UPDATE, [item(alice, disabledFlag="False")])[0]["member"]

    assert (disabled["status"], disabled["disabledFlag"], disabled["disabledReason"]) == ("Disabled", True, "Manual")
    assert (enabled["status"], enabled["disabledFlag"], enabled["disabledReason"]) == ("Preloaded", False, "")


def test_password_is_taken_and_nowhere_kept(caller, alice):
    results = send(caller, UPDATE, [item(alice, password="hunter22", phone="1")])

    assert statuses(results) == ["Succeeded"]
    with connection.cursor() as cursor:
        tables = ("referrals_member", "referrals_person", "events_event")
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table} row WHERE row::text LIKE '%hunter22%'")
            assert cursor.fetchone() == (0,)


def test_more_than_a_thousand_items_are_refused_whole(caller, alice):
    items = [item(alice, phone="1")] * 1001

    answer = caller.post(UPDATE, items, content_type="application/json")

    assert (answer.status_code, answer.json()) == (400, {"message": "Send at most 1000 items."})
    assert Member.objects.get(pk=alice.pk).person.phone == ""


@pytest.mark.parametrize("method", ["post", "delete"])
def test_removed_member_is_nowhere_and_can_be_added_again(caller, alice, method):
    query = {"query": {"primaryInfo": {"memberId": str(alice.uid)}}}

    assert statuses(send(caller, REMOVE, [query, query], method)) == ["Success", "Failed"]

    assert caller.get("/api/members").json()["total"] == 0
    assert caller.get("/api/memberstats/getsingle?query=ALICE").status_code == 404
    assert caller.post("/api/memberaccessurls", {"referralCode": "ALICE"}, "application/json").status_code == 404
    assert caller.get("/r/acme/ALICE").status_code == 404
    again = {"programId": "default", "firstName": "Alice", "email": "alice@alice.example"}
    assert caller.post("/api/members", again, "application/json").status_code == 201
    assert caller.get("/api/members?query=ALICE").json()["total"] == 1


@pytest.mark.parametrize(("path", "fixed", "most"), [(UPDATE, 9, 9), (REMOVE, 4, 7)])
def test_an_item_takes_a_fixed_number_of_queries(caller, program, path, fixed, most):
    """Savepoints are not counted: outside of a test they are the item's own transaction."""
    members = [make_member(program, f"member{number}") for number in range(6)]
    send(caller, UPDATE, [])

    def count(chosen: list[Member]) -> int:
        with CaptureQueriesContext(connection) as queries:
            results = send(caller, path, [item(member, phone="555", disabledFlag=True) for member in chosen])
        assert "Failed" not in statuses(results)
        return len([each for each in queries if "SAVEPOINT" not in each["sql"]])

    one, five = count(members[:1]), count(members[1:])
    assert (five - one) / 4 <= most
    assert one <= fixed + most


def test_events_tell_of_personal_fields_by_name_alone(caller, alice):
    send(
        caller, UPDATE, [item(alice, phone="555-0199", disabledFlag=True, customText1Value="Rex"), item(alice, city="")]
    )

    told = Event.objects.filter(kind="member.updated")
    assert [(event.subject, event.data) for event in told] == [
        (
            alice.uid,
            {
                "actor": told[0].data["actor"],
                "personal": ["custom_text1_value", "phone"],
                "before": {"status": "Preloaded", "disabled_reason": ""},
                "after": {"status": "Disabled", "disabled_reason": "Manual"},
            },
        )
    ]
