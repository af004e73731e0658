import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from referrals.models import Attribution
from tenants.models import Plan
from tenants.services.usage import usage_of
from tests.api.attribution_service.worlds import CODE, make_mentor, secret_of

PATH = "/api/v1/referral-attributions"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"


@pytest.fixture
def mentor(acme):
    return make_mentor(acme)


@pytest.fixture
def writer(acme) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret_of(acme)}"})


def record(client: Client, **body):
    return client.post(PATH, {"code": CODE, "user_agent": PHONE, **body}, content_type="application/json")


def test_a_click_is_stored_as_it_is_shown(mentor, writer, acme):
    shown = record(writer, ip_address="185.12.34.56", referrer_url="https://instagram.com").json()

    touch = Attribution.objects.get()
    assert shown["id"] == touch.public_id
    assert (touch.tenant, touch.member, touch.kind, touch.verdict) == (acme, mentor, "click", "valid")
    assert (touch.ip_address, touch.user_agent) == ("185.12.34.56", PHONE)
    assert touch.referrer_url == "https://instagram.com"


def test_without_a_key_the_address_is_the_connections(mentor, settings):
    settings.TRUSTED_PROXIES = 1
    client = Client(headers={"X-Forwarded-For": "198.51.100.7"})

    record(client, ip_address="185.12.34.56")

    assert Attribution.objects.get().ip_address == "198.51.100.7"


def test_the_same_device_within_five_minutes_left_one_click(mentor, writer):
    first = record(writer, ip_address="185.12.34.56")
    second = record(writer, ip_address="185.12.34.56")

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert Attribution.objects.count() == 1


def test_another_device_left_another_click(mentor, writer):
    answers = [record(writer, ip_address=f"185.12.34.{number}").status_code for number in range(3)]

    assert answers == [201, 201, 201]


def test_five_minutes_later_it_is_another_click(mentor, writer):
    record(writer, ip_address="185.12.34.56")
    earlier = timezone.now() - timedelta(minutes=5, seconds=1)
    Attribution.objects.update(id=int(earlier.timestamp() * 1000) << 20, recorded_at=earlier)

    assert record(writer, ip_address="185.12.34.56").status_code == 201


@pytest.mark.parametrize(("ahead", "status"), [(timedelta(minutes=4), 201), (timedelta(minutes=6), 422)])
def test_a_clock_may_be_five_minutes_fast(mentor, writer, ahead, status):
    response = record(writer, occurred_at=(timezone.now() + ahead).isoformat())

    assert response.status_code == status


def test_a_recorded_click_takes_two_queries(mentor, writer):
    """The key with its tenant, and the click."""
    record(writer, ip_address="185.12.34.56")

    with CaptureQueriesContext(connection) as queries:
        assert record(writer, ip_address="185.12.34.57").status_code == 201

    assert len(queries) == 2


def test_without_a_key_one_address_has_a_limit(mentor, settings):
    settings.CLICKS_PER_MINUTE = 2
    answers = [record(Client()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert answers[2].json()["error"]["code"] == "rate_limited"
    assert 0 < int(answers[2]["Retry-After"]) <= 60


def test_with_a_key_the_plan_is_the_limit(mentor, writer, acme, settings):
    settings.CLICKS_PER_MINUTE = 1
    Plan.objects.filter(pk=acme.plan_id).update(calls_per_minute=3)
    answers = [record(writer) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 429]
    assert answers[3].json()["error"]["code"] == "rate_limited"
    assert 0 < int(answers[3]["Retry-After"]) <= 60


def test_only_recorded_clicks_cost_a_credit(mentor, writer, acme):
    record(writer)
    record(writer, code="NOBODY")
    record(writer, ip_address="nonsense")

    assert usage_of(acme, at=timezone.now()) == (1, 1)


def test_a_body_larger_than_64_kib_is_refused(mentor):
    response = record(Client(), more="x" * 64 * 1024)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "payload_too_large"


HOSTILE = [
    '"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', "1" + "0" * 30, "1" * 5000, "1e400", "-1e400", "-0", "true", "null",
    "[]", "{}", '[["JAN-VERV-8F3A"]]', '{"a": {"b": []}}', '""', '" "', '"' + "x" * 3000 + '"', '"%00"', '"\\n"',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-02-30T00:00:00Z"', '"0000-01-01"', "0",
    '"::ffff:1.2.3.4"', '"fe80::1%eth0"', '"1.2.3.4/8"', '"01.02.03.04"', '"https://[::1"', '"https://\\u2028"',
    '"http://a.example:99999/"', '"\\u202e\\u200b"', '"\'; DROP TABLE referrals_attribution; --"', '"Infinity"',
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["code", "ip_address", "user_agent", "referrer_url", "occurred_at"])
def test_no_value_of_any_field_is_a_fault_of_ours(mentor, writer, field, value):
    body = json.dumps({"code": CODE, field: "@"}).replace('"@"', value)

    response = writer.post(PATH, body, content_type="application/json")

    assert response.status_code in {201, 400, 404, 422}
    if response.status_code == 422:
        assert list(response.json()["error"]["details"]) == [field]
    assert Attribution.objects.count() == (response.status_code == 201)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\xef\xbb\xbf{}", b"{", b"{}{}", b'{"a":1,}', b"\x00", b"[" * 60000])
def test_what_is_no_json_is_malformed(mentor, body):
    response = Client().post(PATH, body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed_json"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(mentor, method):
    response = getattr(Client(), method)(PATH)

    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
