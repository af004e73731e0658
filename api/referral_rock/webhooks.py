"""What Referral Rock's hooks say (contracts/referral-rock.md, section 2 and Delivery): bodies and their signature.

A body is the entity as a GET shows it, flat, with a `Timestamp`. `events` delivers; it knows this format by what
`register` hands it when Django starts.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from api.referral_rock.gather.programs import about_program
from api.referral_rock.gather.referrals import about_referrals
from api.referral_rock.gather.rewards import about_rewards
from api.referral_rock.objects import referrals, rewards
from api.referral_rock.objects.hooks import program_hook_json, with_capitals
from api.referral_rock.objects.members import members_json
from api.referral_rock.words import REFERRAL_STATUSES
from credits.models import Reward
from events.models import Delivery, Event
from events.services.formats import Format, register_format
from referrals.models import EmailSuppression, Member, Program, Referral
from tenants.models import Tenant

FORMAT = "referral_rock"
Body = dict[str, Any] | None
Entity = TypeVar("Entity", Referral, Reward)

# Which of our events are told under which of its 15; the rest is nothing a GET would show.
TOPICS: dict[str, tuple[str, ...]] = {
    "program.created": ("ProgramAdd",),
    "program.updated": ("ProgramUpdate",),
    "program.removed": ("ProgramDelete",),
    "member.enrolled": ("MemberAdd",),
    "member.updated": ("MemberUpdate",),
    "member.removed": ("MemberDelete",),
    "referral.attributed": ("ReferralAdd", "ReferralUpdate", "ReferralStatusChange"),  # anew, or again
    "referral.updated": ("ReferralUpdate",),
    "action.reversed": ("ReferralUpdate",),
    "referral.removed": ("ReferralDelete",),
    "reward.granted": ("RewardAdd",),
    "reward.restored": ("RewardAdd",),
    "reward.reverted": ("RewardDelete",),
    "reward.issued": ("RewardUpdate", "RewardIssue"),
    **dict.fromkeys(("reward.updated", "reward.adjusted", "reward.available", "reward.processing"), ("RewardUpdate",)),
    "email.unsubscribed": ("EmailUnsubscribed",),
}
MOVED = ("ReferralUpdate", "ReferralStatusChange")
TOPICS = {f"referral.{status}": MOVED for status in REFERRAL_STATUSES} | TOPICS
HOOK_EVENTS = (
    "ProgramAdd", "ProgramUpdate", "ProgramDelete", "MemberAdd", "MemberUpdate", "MemberDelete", "ReferralAdd",
    "ReferralUpdate", "ReferralDelete", "ReferralStatusChange", "RewardAdd", "RewardUpdate", "RewardDelete",
    "RewardIssue", "EmailUnsubscribed",
)  # fmt: skip


def register() -> None:
    register_format(Format(FORMAT, topics=TOPICS, compose=compose, sign=sign))


def compose(delivery: Delivery) -> str | None:
    """The entity and `Timestamp`, unix seconds of the event; None where there is nothing to tell of it."""
    event = delivery.event
    body: Body = {}
    if event is not None:
        body = TELL[event.kind.partition(".")[0]](event, delivery.endpoint.tenant, delivery.topic)
    if body is None:
        return None
    at = event.occurred_at if event else delivery.created_at
    return json.dumps({**body, "Timestamp": int(at.timestamp())}, separators=(",", ":"))


def sign(delivery: Delivery, body: bytes, at: datetime) -> dict[str, str]:  # noqa: ARG001 (the signature has no time)
    """HMAC-SHA512 of the body, in hex, with the endpoint's own secret."""
    return {"RR-Signature": hmac.digest(delivery.endpoint.secret.encode(), body, hashlib.sha512).hex()}


def _tell_program(event: Event, tenant: Tenant, topic: str) -> Body:
    """An update is told of where the program was switched on or off, and of nothing else."""
    if topic == "ProgramUpdate" and "is_active" not in event.data.get("after", {}):
        return None
    program = Program.objects.for_tenant(tenant).filter(uid=event.subject).first()
    return program_hook_json(program, about_program(program)) if program else None


def _tell_member(event: Event, tenant: Tenant, topic: str) -> Body:  # noqa: ARG001 (all are called alike)
    """Camel case but for `Id`. Removed ones can still be shown."""
    rows = Member.objects.filter(tenant=tenant)
    ids = list(rows.filter(uid=event.subject).values_list("pk", flat=True))
    return next(({"Id": shown.pop("id"), **shown} for shown in members_json(rows, ids, tenant=tenant)), None)


def _tell_referral(event: Event, tenant: Tenant, topic: str) -> Body:
    """With the status it had then."""
    if not _is_told(event, topic):
        return None
    rows = Referral.objects.filter(tenant=tenant).select_related(*referrals.RELATED)
    referral = rows.filter(uid=event.subject).first()
    if referral is None:
        return None
    return with_capitals(referrals.referral_json(_as_then(referral, event), about_referrals([referral])))


def _tell_reward(event: Event, tenant: Tenant, topic: str) -> Body:  # noqa: ARG001 (all are called alike)
    """With the status it had then."""
    rows = Reward.objects.for_tenant(tenant).select_related(*rewards.RELATED)
    reward = rows.filter(uid=event.subject).first()
    if reward is None:
        return None
    return with_capitals(rewards.reward_json(_as_then(reward, event), about_rewards([reward])))


def _tell_email(event: Event, tenant: Tenant, topic: str) -> Body:  # noqa: ARG001 (all are called alike)
    row = EmailSuppression.objects.for_tenant(tenant).filter(uid=event.subject).first()
    return {"Email": row.email} if row else None


def _is_told(event: Event, topic: str) -> bool:
    """A change of status is one that their words show; a referral that is open again was added long before."""
    before, after = (event.data.get(when, {}).get("status") for when in ("before", "after"))
    if topic == "ReferralStatusChange":
        return before is not None and REFERRAL_STATUSES[before] != REFERRAL_STATUSES[after]
    return event.kind != "referral.attributed" or (topic == "ReferralAdd") == (before is None)


def _as_then(entity: Entity, event: Event) -> Entity:
    """An entity with the status an event says it came to; it is not saved. Messages come in order, but late ones of a
    quick change would else all show its end.
    """
    entity.status = event.data.get("after", {}).get("status", entity.status)
    return entity


TELL: dict[str, Callable[[Event, Tenant, str], Body]] = {
    "program": _tell_program,
    "member": _tell_member,
    "referral": _tell_referral,
    "action": _tell_referral,
    "reward": _tell_reward,
    "email": _tell_email,
}
