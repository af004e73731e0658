"""ETags, idempotency keys, batches, and who may write."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from api.native.ids import id_of
from credits.services.programs import create_program
from referrals.models import Member, Person, Program
from referrals.services.people import update_person
from tenants.models import StoredAnswer
from tenants.services.answers import forget_answers
from tests.api.native.conftest import Api
from tests.cast import NOON, make_person, make_tenant
from tests.threads import run_at_once

BODY = {"name": "spring", "hold_days": 7}


def test_etag_lets_nobody_overwrite_what_they_have_not_seen(acme, api):
    dana = make_person(acme, "dana")
    path = f"people/{id_of(dana)}"
    seen = api.get(path)
    update_person(dana, at=NOON, phone="1")

    refused = api.patch(path, {"first_name": "Mine"}, if_match=seen.headers["ETag"])
    fresh = api.get(path, if_none_match=seen.headers["ETag"])
    done = api.patch(path, {"first_name": "Mine"}, if_match=f'"other", {fresh.headers["ETag"]}')

    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert (fresh.status_code, done.status_code, done.json()["first_name"]) == (200, 200, "Mine")
    assert api.get(path, if_none_match=done.headers["ETag"]).status_code == 304


def test_same_key_is_answered_the_same_byte_for_byte_and_done_once(acme, api):
    first = api.post("programs", BODY, idempotency_key="k1")
    again = api.post("programs", dict(reversed(BODY.items())), idempotency_key="k1")

    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert (again.headers["Idempotent-Replayed"], first.headers.get("Idempotent-Replayed")) == ("true", None)
    assert Program.objects.filter(name="spring").count() == 1


def test_same_key_for_something_else_is_refused(acme, api):
    api.post("programs", BODY, idempotency_key="k1")

    others = [
        api.post("programs", {**BODY, "hold_days": 8}, idempotency_key="k1"),
        api.post("people", BODY, idempotency_key="k1"),
    ]

    assert [answer.json()["code"] for answer in others] == ["idempotency_key_reused"] * 2
    assert [answer.status_code for answer in others] == [409, 409]


def test_key_is_the_callers_own(acme, api, globex):
    api.post("programs", BODY, idempotency_key="k1")

    other = Api(globex, ["admin"]).post("programs", {**BODY, "hold_days": 8}, idempotency_key="k1")

    assert other.status_code == 201


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "taken"}])
def test_refusals_are_not_kept(acme, api, body):
    create_program(acme, name="taken", at=NOON)
    refused = api.post("programs", body, idempotency_key="k1")
    Program.objects.filter(name="taken").update(name="free")

    done = api.post("programs", {"name": "taken"}, idempotency_key="k1")

    assert (refused.status_code, done.status_code) == (422, 201)


def test_conflict_can_be_asked_again_under_its_key(acme, alice, api):
    body = {"program": id_of(alice.program), "referred": {"external_id": "alice"}, "code": "ALICE"}
    first = api.post("referrals", body, idempotency_key="k1")

    assert (first.status_code, first.json()["code"]) == (409, "self_referral")
    assert not StoredAnswer.objects.exists()


def test_answers_are_kept_for_72_hours(acme, api):
    api.post("programs", BODY, idempotency_key="k1")
    stored = StoredAnswer.objects.get()
    kept = timedelta(hours=72)

    assert forget_answers(at=stored.created_at + kept) == 0
    assert forget_answers(at=stored.created_at + kept + timedelta(microseconds=1)) == 1


def test_key_of_another_time_is_a_new_one(acme, api):
    api.post("people", {"first_name": "Ida"}, idempotency_key="k1")
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=72))

    again = api.post("people", {"first_name": "Ida"}, idempotency_key="k1")

    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (201, None)
    assert Person.objects.filter(first_name="Ida").count() == 2


def test_secret_is_not_kept_as_it_is(acme, api):
    secret = api.post("keys", {"scopes": ["read"]}, idempotency_key="k1").json()["secret"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM tenants_storedanswer")
        assert secret not in cursor.fetchone()[0]
    assert api.post("keys", {"scopes": ["read"]}, idempotency_key="k1").json()["secret"] == secret


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_done_once():
    acme = make_tenant("acme")
    api = Api(acme, ["admin"])

    def call() -> tuple[int, str]:
        answer = Client(headers={"authorization": f"Bearer {api.secret}"}).post(
            "/v1/programs", json.dumps(BODY), content_type="application/json", headers={"Idempotency-Key": "k1"}
        )
        return answer.status_code, answer.json().get("code", "")

    answers = run_at_once(*[call] * 20)

    assert set(answers) <= {(201, ""), (409, "idempotency_key_in_use")}
    assert ((201, "") in answers, Program.objects.count()) == (True, 1)


def test_batch_answers_for_each_item(acme, program, alice, api):
    person = {"external_id": "dana", "email": "dana@dana.example"}
    items = [
        {"program": id_of(program), "person": person, "code": "DANA"},
        {"program": id_of(program), "person": {"external_id": "erin"}, "code": "ALICE"},
        {"program": "prg_0", "person": {"email": "no address"}},
        "nothing",
    ]

    results = api.post("members/batch", items).json()["data"]

    fields = [[error["field"] for error in (result["problem"] or {"errors": []})["errors"]] for result in results]
    assert [(result["index"], result["status"]) for result in results] == [(0, 200), (1, 422), (2, 422), (3, 422)]
    assert fields == [[], ["code"], ["program", "person.email"], [""]]
    assert results[0]["id"] == id_of(Member.objects.get(person__external_id="dana"))
    assert not Person.objects.filter(external_id="erin").exists()


def test_batch_takes_a_thousand_and_no_more(acme, program, api):
    items = [{"referral": "ref_0", "side": "referrer", "verdict": "DENIED"}] * 1001

    answers = [api.post("referrals/moderate-batch", items[:count]) for count in (1000, 1001)]

    assert (len(answers[0].json()["data"]), answers[1].status_code) == (1000, 422)


def test_each_action_wants_its_own_scope(acme, program, alice):
    """A key that may write decides nothing, and one that decides need not write."""
    writer, decider = Api(acme, ["write"]), Api(acme, ["admin"])
    body = {"person": id_of(alice.person), "program": id_of(program), "money": {"amount": 1, "currency": "USD"}}

    found = [caller.post("rewards", body).status_code for caller in (writer, decider)]
    found += [caller.post("people", {"first_name": "Ida"}).status_code for caller in (writer, decider)]
    found += [caller.get("people").status_code for caller in (writer, decider)]

    assert found == [403, 201, 201, 403, 403, 403]


def test_key_hands_on_no_scope_that_it_does_not_have(acme):
    decider = Api(acme, ["admin"])

    answers = [decider.post("keys", {"scopes": scopes}).status_code for scopes in (["admin"], ["admin", "read"], [])]

    assert answers == [201, 403, 422]


def test_revoked_key_is_no_key(acme, api):
    issued = api.post("keys", {"scopes": ["read"]}).json()
    mine = Client(headers={"authorization": f"Bearer {issued['secret']}"})

    before, ended, after = mine.get("/v1/people"), api("delete", f"keys/{issued['id']}"), mine.get("/v1/people")

    assert [answer.status_code for answer in (before, ended, after)] == [200, 204, 401]
