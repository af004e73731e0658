"""What Schemathesis is told of the native API and its world."""

import json
from typing import Any

from api.native.ids import id_of
from api.native.openapi.document import read_document
from credits.models import Review, Reward
from referrals.models import Code, Member, Person, Program, Referral
from tenants.models import ApiKey
from tests.api.fuzzed.plans import Plan
from tests.api.native.moves import MOVES
from tests.api.native.test_plans import NAME
from tests.api.twins import Twin, make_twin

# What no schema can say of an id, a code or a header. The rest of a refusal names the field.
UNKNOWN = [
    "There is none of that id.",
    "is no cursor of this list",
    "plan_expired",
    "Give a value",
    "precondition_failed",
    "There is no such page.",
]
SAID_IN_WORDS = [
    "is not an ISO 4217 currency", "A touch cannot have occurred in the future.",
    "A coupon is given by a person, and a click by nobody known.", "percentage rule needs one",
    "fixed rule needs one", "rule_says_what_it_earns", "rule_", "Enter a valid URL.",
    "Enter a valid IPv4 or IPv6 address.", "with this", "already exists", "unknown_code", "code_taken",
    "unsafe_url", "address_taken", "code_has_one_discount_in_range", "custom_risk_level_has_a_score",
    "stripe_pays_no_product_credits", "Stripe pays out money", "invalid_amount", "reason_required", "Constraint",
    "may not be blank",
]  # fmt: skip
# A batch answers for each item by itself, also for one that its schema forbids.
BATCHES = ["members_create_batch", "referrals_create_batch", "referrals_moderate_batch"]


def plan_native() -> Plan:
    twin = make_twin("acme")
    document = json.loads(read_document())
    operations = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, each in document["paths"].items()
        for method, operation in each.items()
    }
    return Plan(
        auth={"apiKey": {"api_key": twin.key}},
        ids={
            "query.cursor": ["WzAsICIyMDI2LTA2LTAxVDEyOjAwOjAwKzAwOjAwIiwgMV0"],
            "query.currency": ["USD", "EUR"],
            "body.currency": ["USD", "EUR", "CREDITS"],
        },
        of_paths=ids_of(twin),
        bodies={
            name: [fill_in(twin, body)] for name, place in operations.items() if (body := body_of(place)) is not None
        },
        passed_over={name: ["rray with invalid items", " at /items"] for name in BATCHES},
        refused={name: [*UNKNOWN, *SAID_IN_WORDS] for name in operations},
    )


def ids_of(twin: Twin) -> dict[str, dict[str, list[Any]]]:
    """By path, the ids that can stand in it and in the bodies that are sent there."""
    people, members = all_of(Person, twin), all_of(Member, twin)
    programs, methods = all_of(Program, twin), [twin.names["payout-methods"]]
    codes = list(Code.objects.filter(tenant=twin.tenant).values_list("code", flat=True))
    found: dict[str, dict[str, list[Any]]] = {
        f"^/v1/{name}/": {"path.id": [value]}
        for name, value in twin.names.items()
        if isinstance(value, str) and value.partition("_")[2] and f"GET /v1/{name}/" and name in RESOURCES
    }
    found["^/v1/referrals/"] = {"path.id": all_of(Referral, twin)}
    found["^/v1/rewards/"] = {"path.id": all_of(Reward, twin), "body.method": methods}
    found["^/v1/reviews/"] = {"path.id": all_of(Review, twin)}
    found["^/v1/people/"] = {"path.id": people}
    found["^/v1/keys/"] = {"path.id": [id_of(key) for key in ApiKey.objects.filter(tenant=twin.tenant, name="spare")]}
    found["^/v1/(reward-rules|payout-methods|members)$"] = {"body.program": programs}
    found["^/v1/codes$"] = {"body.member": members}
    found["^/v1/attributions$"] = {"body.code": codes, "body.person": people}
    found["^/v1/referrals$"] = {"body.program": programs, "body.code": codes}
    found["^/v1/actions$"] = {"body.referral": all_of(Referral, twin)}
    found["^/v1/rewards$"] = {"body.person": people, "body.program": programs}
    found["^/v1/payouts$"] = {"body.person": people, "body.method": methods}
    return {path: {name: ids for name, ids in named.items() if ids} for path, named in found.items()}


RESOURCES = {
    "programs", "reward-rules", "members", "codes", "attributions", "actions", "ledger-entries", "payout-methods",
    "payouts", "webhook-endpoints", "deliveries",
}  # fmt: skip


def all_of(model: Any, twin: Twin) -> list[str]:
    return [id_of(row) for row in model.objects.for_tenant(twin.tenant).order_by("pk")]


def body_of(place: str) -> Any:
    """The body of the move that is made there, if one is."""
    method, _, path = place.partition(" ")
    name = path.removeprefix("/v1/")
    move = MOVES.get(f"{method} {name.replace('{id}', '<' + name.partition('/')[0] + '>')}")
    return move.body if move else None


def fill_in(twin: Twin, body: Any) -> Any:
    names = {**twin.names, "friend": twin.names["people"]}
    return json.loads(NAME.sub(lambda found: str(names[found[1]]), json.dumps(body)))
