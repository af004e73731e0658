"""Public ids: a prefix that says what it is, and the object's own id. Opaque: clients compare them and nothing else."""

import re
import uuid
from typing import Any

from django.db.models import Model

from credits.models import LedgerEntry, Review, Reward, RewardRule
from events.models import Delivery, Event, WebhookEndpoint
from payouts.models import Payout, PayoutMethod
from referrals.models import Action, Attribution, Code, Member, Person, Program, Referral
from tenants.models import ApiKey

PREFIXES: dict[type[Model], str] = {
    Program: "prg",
    RewardRule: "rul",
    Person: "per",
    Member: "mem",
    Code: "cod",
    Attribution: "attr",
    Referral: "ref",
    Action: "act",
    Reward: "rwd",
    Review: "rev",
    LedgerEntry: "ent",
    PayoutMethod: "met",
    Payout: "pay",
    WebhookEndpoint: "whk",
    Delivery: "dlv",
    Event: "evt",
    ApiKey: "key",
}
MODELS = {prefix: model for model, prefix in PREFIXES.items()}
FORM = re.compile(r"([a-z]{3,4})_([0-9a-f]{1,32})\Z")
BIGGEST = 2**63 - 1  # what a primary key holds


def id_of(thing: Model) -> str:
    """`ref_` and 32 hexadecimal digits of a UUID; of what has none, its number in hexadecimal digits."""
    return f"{PREFIXES[type(thing)]}_{_name(thing)}"


def id_from(model: type[Model], uid: uuid.UUID | str) -> str:
    """The public id of an object of which only the UUID is at hand."""
    return f"{PREFIXES[model]}_{uuid.UUID(str(uid)).hex}"


def lookup(model: type[Model], public_id: str) -> dict[str, Any] | None:
    """What to filter by for the object of that id; None for what cannot be an id of that kind."""
    match = FORM.match(public_id)
    if match is None or MODELS.get(match[1]) is not model:
        return None
    field = _uid_field(model)
    if field:
        return {field: uuid.UUID(match[2])} if len(match[2]) == 32 else None  # noqa: PLR2004 (a UUID's digits)
    number = int(match[2], 16)
    return {"pk": number} if number <= BIGGEST else None


def _name(thing: Model) -> str:
    field = _uid_field(type(thing))
    return uuid.UUID(str(getattr(thing, field))).hex if field else f"{thing.pk:x}"


def _uid_field(model: type[Model]) -> str:
    if model is ApiKey:
        return "public_key"
    return "uid" if hasattr(model, "uid") else ""
