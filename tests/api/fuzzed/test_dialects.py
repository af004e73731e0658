"""Schemathesis asks each dialect for what its OpenAPI document allows and forbids, and holds the answers against it.

A hundred cases each in every run. `pytest -m slow tests/api/fuzzed` sends more than a thousand to each, by every means
that Schemathesis has, and chains of calls besides.
"""

import pytest

from tests.api.fuzzed.run import Outcome, run
from tests.api.fuzzed.worlds import PLANS

pytestmark = pytest.mark.django_db
# Of each operation, so that it is a hundred cases of a dialect, and a thousand.
FEW = {"attribution-service": 20, "crawlora": 12, "referral-rock": 4, "saasquatch": 3, "webshare": 9}
MANY = {"attribution-service": 110, "crawlora": 80, "referral-rock": 12, "saasquatch": 5, "webshare": 20}
CHECKS = {
    "allow_header_conformance", "content_type_conformance", "ensure_resource_availability", "ignored_auth",
    "missing_required_header", "negative_data_rejection", "not_a_server_error", "object_level_authorization",
    "positive_data_acceptance", "response_headers_conformance", "response_schema_conformance",
    "status_code_conformance", "unsupported_method", "use_after_free",
}  # fmt: skip
KEYLESS = {"attribution-service"}  # all of it may be open to anybody, so that no key can be ignored
CHAINED = ["attribution-service", "saasquatch", "webshare"]  # in Crawlora no call makes what another one asks for


@pytest.fixture(params=PLANS)
def name(request) -> str:
    return request.param


@pytest.fixture
def _thoroughly(request) -> None:
    if "slow" not in request.config.option.markexpr:
        pytest.skip("takes minutes: pytest -m slow tests/api/fuzzed")


def test_a_hundred_cases(name):
    outcome = run(name, PLANS[name](), phases=("fuzzing",), examples=FEW[name])

    expect_nothing_wrong(outcome, at_least=100)


@pytest.mark.slow
@pytest.mark.usefixtures("_thoroughly")
def test_a_thousand_cases(name):
    outcome = run(name, PLANS[name](), phases=("examples", "coverage", "fuzzing"), examples=MANY[name])

    expect_nothing_wrong(outcome, at_least=1000)
    assert set(outcome.checks) >= CHECKS - ({"ignored_auth"} if name in KEYLESS else set())


@pytest.mark.slow
@pytest.mark.usefixtures("_thoroughly")
@pytest.mark.parametrize("name", CHAINED, indirect=True)
def test_chains_of_calls(name):
    """What one call answers is asked for in the next: nothing is undone between them."""
    outcome = run(name, PLANS[name](), phases=("stateful",), examples=30, forgets=False)

    expect_nothing_wrong(outcome, at_least=30)


def expect_nothing_wrong(outcome: Outcome, *, at_least: int) -> None:
    print(outcome)
    assert (outcome.errors, list(outcome.failures)) == ([], []), str(outcome)
    assert outcome.cases.total() >= at_least
    assert sum(number for status, number in outcome.statuses.items() if status < 300) >= at_least / 10
