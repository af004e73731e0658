"""Schemathesis asks the native API for what its document allows and forbids, and holds the answers against it.

A few hundred cases in every run. `pytest -m slow tests/api/native` sends more than five thousand, by every means that
Schemathesis has, and chains of calls besides.
"""

import pytest

from tests.api.fuzzed.run import run
from tests.api.fuzzed.test_dialects import CHECKS, expect_nothing_wrong
from tests.api.native.fuzz_plan import plan_native

pytestmark = pytest.mark.django_db


@pytest.fixture
def _thoroughly(request) -> None:
    if "slow" not in request.config.option.markexpr:
        pytest.skip("takes minutes: pytest -m slow tests/api/native")


def test_a_few_hundred_cases():
    outcome = run("native", plan_native(), phases=("fuzzing",), examples=2)

    expect_nothing_wrong(outcome, at_least=150)


@pytest.mark.slow
@pytest.mark.usefixtures("_thoroughly")
def test_five_thousand_cases():
    outcome = run("native", plan_native(), phases=("examples", "coverage", "fuzzing"), examples=20)

    expect_nothing_wrong(outcome, at_least=5000)
    assert set(outcome.checks) >= CHECKS


@pytest.mark.slow
@pytest.mark.usefixtures("_thoroughly")
def test_chains_of_calls():
    """What one call answers is asked for in the next: nothing is undone between them."""
    outcome = run("native", plan_native(), phases=("stateful",), examples=30, forgets=False)

    expect_nothing_wrong(outcome, at_least=30)
