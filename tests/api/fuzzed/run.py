"""Schemathesis over one dialect: what it sent, what it checked, and what did not hold."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import Status, events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData

from api.storable import UnstorableText
from tests.api.fuzzed.application import served
from tests.api.fuzzed.plans import Plan

SEED = 20260601
MOSTLY = 0.7
# No text may hold one, in a path, a query or a body; the documents do not say so of each.
NUL = [UnstorableText.default_detail, "Null characters are not allowed."]
# Also a precondition that does not hold: it is asked before the body is looked at.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429", "5xx"]
DOCUMENTS = {"native": "openapi.json"}
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Outcome:
    """How many cases were sent, by phase; the checks made, by name; the answers, by status; and what failed."""

    cases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = (self.cases.total(), self.checks.total(), len(self.failures), len(self.errors))
        head = "{} cases, {} checks, {} kinds of failures, {} errors".format(*counts)
        statuses = dict(sorted(self.statuses.items()))
        return "\n".join([head, str(dict(self.cases)), str(statuses), *self.errors, *self.failures.values()])

    def add(self, event: events.ScenarioFinished) -> None:
        for asked in event.recorder.interactions.values():
            self.cases[event.phase.value] += 1
            self.statuses[asked.response.status_code if asked.response else 0] += 1
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                self.checks[check.name] += 1
                if check.status == Status.FAILURE:
                    self._add_failure(event.recorder, case_id, check)

    def _add_failure(self, recorder: Any, case_id: str, check: Any) -> None:
        failure, code = check.failure_info.failure, check.failure_info.code_sample
        answer = recorder.interactions[failure.case_id or case_id].response
        told = f"{answer.status_code} {answer.content[:500]!r}"
        text = f"--- {check.name}: {recorder.label}\n{failure.title}\n{failure.message}\n{code}\n{told}"
        self.failures.setdefault((check.name, recorder.label, f"{failure.title} {answer.status_code}"), text)


def run(name: str, plan: Plan, *, phases: tuple[str, ...], examples: int, forgets: bool = True) -> Outcome:
    """All checks of all operations of a dialect's own document, in some phases, with so many drawn examples each."""
    outcome = Outcome()
    with served(forgets=forgets) as address:
        found = requests.get(f"{address}/v1/{DOCUMENTS.get(name, f'openapi/{name}.json')}", timeout=60)
        found.raise_for_status()
        document = found.json()
        config = SchemathesisConfig.from_dict({"base-url": address, **settings_of(plan, phases, examples)})
        schema = schemathesis.openapi.from_dict(with_examples(document, plan), config=config)

        @schema.hook
        def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
            return not is_excused(plan, case.operation.definition.raw["operationId"], failure, response.text)

        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                outcome.add(event)
            elif isinstance(event, events.NonFatalError):
                outcome.errors.append(f"{event.label}: {event.value!r}")
            elif isinstance(event, events.FatalError):
                raise event.exception
    return outcome


def settings_of(plan: Plan, phases: tuple[str, ...], examples: int) -> dict[str, Any]:
    """Nothing is left to chance, or kept from one run for the next. A thorough run also draws words of our own code,
    which change with it.
    """
    lists = {name.replace(".", "_"): ids for name, ids in plan.ids.items()}
    narrow = [
        (path, name, f"of_paths_{number}_{name.replace('.', '_')}", ids)
        for number, (path, named) in enumerate(plan.of_paths.items())
        for name, ids in named.items()
    ]
    lists |= {dictionary: ids for _, _, dictionary, ids in narrow}
    of_paths = [
        {
            "include-path-regex": path,
            "parameters": {
                name: {"dictionary": dictionary, "probability": MOSTLY}
                for other, name, dictionary, _ in narrow
                if other == path
            },
        }
        for path in plan.of_paths
    ]
    return {
        "seed": SEED,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "generation": {"deterministic": True, "database": "none", "max-examples": examples, "no-shrink": True},
        "phases": {phase: {"enabled": phase in phases} for phase in PHASES},
        "dictionaries": {name: {"values": ids} for name, ids in lists.items()},
        "parameters": {name: {"dictionary": name.replace(".", "_"), "probability": MOSTLY} for name in plan.ids},
        "analysis": {"constants": {"enabled": "coverage" in phases}},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        "auth": {"openapi": plan.auth},
        "operations": [*plan.operations, *of_paths],
    }


def with_examples(document: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """The document, with what is known of the plan's world as examples of parameters and bodies."""
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        for parameter in operation.get("parameters", []):
            ids = plan.ids.get(f"{parameter['in']}.{parameter['name']}")
            if ids:
                parameter["examples"] = examples_of(ids)
        if operation["operationId"] in plan.bodies:
            media = operation["requestBody"]["content"]["application/json"]
            media.pop("example", None)
            media["examples"] = examples_of(plan.bodies[operation["operationId"]])
    return document


def examples_of(values: list[Any]) -> dict[str, Any]:
    return {str(number): {"value": value} for number, value in enumerate(values)}


def is_excused(plan: Plan, operation: str, failure: Failure, answer: str) -> bool:
    if isinstance(failure, RejectedPositiveData):
        return any(words in answer for words in [*NUL, *plan.refused.get(operation, [])])
    if isinstance(failure, AcceptedNegativeData):
        return any(words in failure.message for words in plan.passed_over.get(operation, []))
    return False
