"""A probe view stands for every dialect: what it answers, and whether its caller pays."""

from datetime import datetime

import pytest
from django.http import Http404
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from api.metering import MeteredAPIView
from api.permissions import Open, scopes
from tenants.services.keys import create_key
from tenants.services.usage import usage_of
from tests.cast import NOON, make_tenant


class Probe(MeteredAPIView):
    permission_classes = [scopes("read")]

    def get(self, request, answer):
        if isinstance(answer, Exception):
            raise answer
        return Response(status=answer)


class OpenProbe(Probe):
    permission_classes = [Open]


class OddlyWordedProbe(Probe):
    def get_exception_handler(self):
        return lambda error, context: Response({"oops": error.status_code}, status=error.status_code)


@pytest.fixture
def frugal(db):
    """On the Free plan: 5 calls a minute."""
    return make_tenant("frugal", plan="free")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def secret(frugal) -> str:
    return create_key(frugal, scopes=["read"], at=NOON).secret


def call(secret: str, answer, *, view=Probe):
    request = APIRequestFactory().get("/", headers={"x-api-key": secret} if secret else {})
    return view.as_view()(request, answer=answer)


@pytest.mark.parametrize(("status", "cost"), [(200, 1), (201, 1), (204, 1), (302, 0), (400, 0), (409, 0), (500, 0)])
def test_a_2xx_costs_one_credit_and_the_rest_are_free(frugal, secret, now, status, cost):
    assert call(secret, status).status_code == status
    assert usage_of(frugal, at=now) == (cost, cost)


def test_an_error_the_dialect_answers_is_free(frugal, secret, now):
    assert call(secret, Http404()).status_code == 404
    assert usage_of(frugal, at=now) == (0, 0)


def test_a_fault_of_ours_is_free(frugal, secret, now):
    with pytest.raises(ZeroDivisionError):
        call(secret, ZeroDivisionError())

    assert usage_of(frugal, at=now) == (0, 0)


def test_a_call_without_the_scope_is_free(frugal, now):
    writer = create_key(frugal, scopes=["write"], at=NOON).secret

    assert call(writer, 200).status_code == 403
    assert usage_of(frugal, at=now) == (0, 0)


def test_a_call_with_a_bad_key_is_refused_with_a_challenge(db):
    response = call("vk_nonsense", 200)

    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="Vouch"')


def test_over_the_limit_is_a_429_that_says_when_to_come_back(secret):
    answers = [call(secret, 200) for _ in range(6)]

    assert [response.status_code for response in answers] == [200] * 5 + [429]
    assert [response.get("Retry-After") for response in answers[:5]] == [None] * 5
    assert answers[5]["Retry-After"] in {"11", "12"}


def test_over_the_limit_costs_nothing(frugal, secret, now):
    for _ in range(8):
        call(secret, 200)

    assert usage_of(frugal, at=now) == (5, 5)


def test_failing_calls_count_against_the_minute(secret):
    assert [call(secret, 400).status_code for _ in range(6)] == [400] * 5 + [429]


def test_over_the_limit_has_the_dialects_own_shape_and_still_says_when_to_come_back(secret):
    for _ in range(5):
        call(secret, 200)

    response = call(secret, 200, view=OddlyWordedProbe)

    assert (response.status_code, response.data) == (429, {"oops": 429})
    assert response["Retry-After"] in {"11", "12"}


def test_a_call_without_a_key_is_not_counted(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [call("", 200, view=OpenProbe).status_code for _ in range(10)] == [200] * 10


def test_redis_being_down_lets_calls_through(frugal, secret, settings):
    settings.REDIS_URL = "redis+socket:///nonexistent/valkey.sock"

    assert [call(secret, answer).status_code for answer in (200, 400) * 5] == [200, 400] * 5
