"""For every route that changes something: a valid call of it, and something that happens in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from api.native.ids import FORM, MODELS, id_of, lookup
from credits.models import Review, Reward
from credits.services.claims import claim_for_key
from credits.services.maturation import mature_early
from credits.services.programs import create_program
from events.services.endpoints import subscribe
from payouts.models import Payout
from payouts.services.release import mark_failed
from referrals.services.people import upsert_person
from tests.api.twins import LATER, Twin
from tests.cast import NOON

PERSON = {"external_id": "newcomer", "first_name": "New", "email": "new@comer.example"}
MONEY = {"amount": 2_500, "currency": "USD"}
MODERATION = {"side": "referrer", "verdict": "DENIED", "reason": "made up"}
# A field of each kind of object that somebody else may have changed meanwhile.
CHANGED = {
    "prg": "title", "rul": "name", "per": "phone", "mem": "payout_email", "cod": "description", "attr": "utm_source",
    "ref": "landing_path", "rwd": "description", "rev": "decision_reason", "met": "name", "pay": "reference",
    "whk": "name", "dlv": "last_error", "key": "name",
}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """`<name>` in a path or a body stands for an id; `given` makes the world fit, `between` is what happens meanwhile
    (else a field of the first object that is named), `hush` says why nothing need be told of it.
    """

    body: Any = None
    given: Callable[[Twin, str], None] = lambda _twin, _actor: None
    between: Callable[[Twin], None] | None = None
    names: dict[str, Callable[[Twin], str]] = field(default_factory=dict)
    is_told: bool = True


def _object(twin: Twin, name: str) -> Any:
    public_id = twin.names[name]
    model: Any = MODELS[public_id.partition("_")[0]]
    return model.objects.get(**lookup(model, public_id))


def held(twin: Twin) -> str:
    return id_of(Review.objects.get(tenant=twin.tenant).referral)


def mature(twin: Twin, _actor: str) -> None:
    assert mature_early([_object(twin, "rewards").pk], at=LATER) == 1


def hold(twin: Twin, _actor: str) -> None:
    Payout.objects.filter(tenant=twin.tenant).update(status="held", holds=["amount"])


def fail(twin: Twin, _actor: str) -> None:
    Payout.objects.filter(tenant=twin.tenant).update(status="pending")
    mark_failed(Payout.objects.get(tenant=twin.tenant), actor="test", error="no", at=LATER)


def claimed(twin: Twin, actor: str) -> None:
    claim_for_key(_object(twin, "reviews"), actor=actor, at=LATER)


def touch_first_named(twin: Twin, asked: list[str]) -> None:
    """Somebody changes a field of the first object that the call names."""
    public_id = next(name for name in asked if FORM.match(name))
    prefix = public_id.partition("_")[0]
    model: Any = MODELS[prefix]
    assert model.objects.filter(**lookup(model, public_id)).update(**{CHANGED[prefix]: "meanwhile"}) == 1


HELD = {"referrals": held}
MOVES: dict[str, Move] = {
    "POST programs": Move(
        {"name": "spring", "hold_days": 7},
        between=lambda twin: create_program(twin.tenant, name="spring", at=NOON) and None,
    ),
    "PATCH programs/<programs>": Move({"hold_days": 7}),
    "POST reward-rules": Move(
        {
            "program": "<programs>",
            "name": "5 each",
            "side": "referrer",
            "kind": "fixed",
            "amount": 500,
            "currency": "USD",
        }
    ),
    "PATCH reward-rules/<reward-rules>": Move({"initial_rate": "0.3"}),
    "DELETE reward-rules/<reward-rules>": Move(),
    "POST people": Move(
        PERSON,
        between=lambda twin: upsert_person(twin.tenant, external_id="newcomer", at=NOON, first_name="Old") and None,
    ),
    "PATCH people/<people>": Move({"first_name": "Other"}),
    "POST members": Move({"program": "<programs>", "person": PERSON, "code": "NEWCOMER"}),
    "POST members/batch": Move([{"program": "<programs>", "person": PERSON}, {"program": "prg_0", "person": PERSON}]),
    "PATCH members/<members>": Move({"is_disabled": True, "code": "ANOTHER"}),
    "DELETE members/<members>": Move(),
    "POST codes": Move({"member": "<members>", "kind": "coupon", "discount_rate": "0.2"}),
    "PATCH codes/<codes>": Move({"is_active": False, "description": "over", "is_default": True}),
    "POST attributions": Move({"code": "<code>", "kind": "coupon", "person": "<friend>"}, is_told=False),
    "DELETE attributions/<attributions>": Move(),
    "POST referrals": Move({"program": "<programs>", "referred": PERSON, "code": "<code>"}),
    "POST referrals/batch": Move([{"program": "<programs>", "referred": PERSON, "code": "<code>"}]),
    "POST referrals/moderate-batch": Move([{"referral": "<referrals>", **MODERATION}], names=HELD),
    "POST referrals/<referrals>/approve": Move({"money": MONEY}, names=HELD),
    "POST referrals/<referrals>/reject": Move({"reason": "made up"}, names=HELD),
    "POST referrals/<referrals>/moderate": Move(MODERATION, names=HELD),
    "DELETE referrals/<referrals>": Move(),
    "POST actions": Move({"referral": "<referrals>", "money": MONEY, "external_id": "renewal"}),
    "POST rewards": Move({"person": "<people>", "program": "<programs>", "money": MONEY, "description": "thanks"}),
    "PATCH rewards/<rewards>": Move({"amount": 1_000, "description": "less"}),
    "POST rewards/<rewards>/revert": Move({"reason": "made up"}),
    "POST rewards/<rewards>/issue": Move({"method": "<payout-methods>", "early": True}),
    "POST reviews/<reviews>/claim": Move(),
    "POST reviews/<reviews>/release": Move(given=claimed),
    "POST payout-methods": Move({"program": "<programs>", "name": "By hand", "kind": "manual", "currency": "EUR"}),
    "PATCH payout-methods/<payout-methods>": Move({"minimum_amount": 1}),
    "POST payouts": Move({"person": "<people>", "method": "<payout-methods>"}, given=mature),
    "POST payouts/<payouts>/release": Move(given=hold),
    "POST payouts/<payouts>/retry": Move({}, given=fail),
    "POST payouts/<payouts>/cancel": Move({"reason": "made up"}),
    "POST webhook-endpoints": Move(
        {"url": "https://hooks.test/vouch", "topics": ["reward.available"]},
        between=lambda twin: subscribe(twin.tenant, dialect="vouch", url="https://hooks.test/vouch", at=NOON) and None,
    ),
    "PATCH webhook-endpoints/<webhook-endpoints>": Move({"topics": ["reward.available"], "name": "Rewards"}),
    "DELETE webhook-endpoints/<webhook-endpoints>": Move(),
    "POST webhook-endpoints/<webhook-endpoints>/test": Move(),
    "POST webhook-endpoints/<webhook-endpoints>/rotate-secret": Move(),
    "POST deliveries/<deliveries>/redeliver": Move(given=lambda twin, _actor: finish(twin)),
    "POST keys": Move({"scopes": ["read"], "person": "<people>"}),
    "DELETE keys/<keys>": Move(),
}


def finish(twin: Twin) -> None:
    delivery = _object(twin, "deliveries")
    delivery.status, delivery.finished_at = "failed", LATER
    delivery.save(update_fields=["status", "finished_at"])


def friend(twin: Twin) -> str:
    return id_of(
        Reward.objects.get(
            tenant=twin.tenant, side="referred", referral__referrer__person__external_id="only-acme"
        ).person
    )
