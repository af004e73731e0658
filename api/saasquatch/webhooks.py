"""What SaaSquatch's webhooks say (contracts/saasquatch.md, section 6): the envelope, its data, and the signature.

`events` delivers; it knows this format by what `register` hands it when Django starts.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from api.saasquatch.formats import show_id, show_time
from api.saasquatch.gather import about_people, about_referrals, redemptions_of
from api.saasquatch.objects.pii import referred_by
from api.saasquatch.objects.referrals import RELATED, show_state
from api.saasquatch.objects.rewards import show_reward
from api.saasquatch.objects.users import account_of, is_referable, show_user
from api.saasquatch.words import TOPICS, unit_of
from credits.models import Reward
from credits.services.ledger import balance
from events.models import Delivery, Event
from events.services.formats import Format, register_format
from referrals.models import Code, Member, Person, Referral, Side
from tenants.models import Tenant

FORMAT = "saasquatch"
TRIES = 72
EVERY = timedelta(hours=1)
OK = 200
Data = dict[str, Any] | None


def register() -> None:
    register_format(
        Format(FORMAT, topics=TOPICS, compose=compose, sign=sign, wait=wait, succeeds=lambda status: status == OK)
    )


def wait(attempts: int) -> timedelta | None:
    """Every hour, 72 times."""
    return EVERY if attempts < TRIES else None


def compose(delivery: Delivery) -> str | None:
    """`{id, type, tenantAlias, live, created, data}`; None once what it tells of is gone."""
    tenant = delivery.endpoint.tenant
    data = _data_of(delivery)
    if data is None:
        return None
    created = delivery.event.occurred_at if delivery.event else delivery.created_at
    return json.dumps(
        {
            "id": show_id(delivery.uid),
            "type": delivery.topic,
            "tenantAlias": tenant.alias,
            "live": not tenant.alias.startswith("test-"),
            "created": show_time(created),
            "data": data,
        },
        separators=(",", ":"),
    )


def sign(delivery: Delivery, body: bytes, at: datetime) -> dict[str, str]:  # noqa: ARG001 (the signature has no time)
    """HMAC-SHA1 of the body, in base64, with the secret that also signs user tokens: keys themselves are not kept."""
    secret = delivery.endpoint.tenant.member_token_secret.encode()
    return {"X-Hook-Signature": base64.b64encode(hmac.digest(secret, body, hashlib.sha1)).decode()}


def _data_of(delivery: Delivery) -> Data:
    if delivery.event is None:
        return {}
    return DATA[delivery.topic](delivery.event, delivery.endpoint.tenant)


def _tell_user(event: Event, tenant: Tenant) -> Data:
    person = Person.objects.for_tenant(tenant).filter(uid=event.subject).first()
    if person is None:
        return None
    about = about_people([person], tenant=tenant, base_url=_base_url(tenant))
    codes = about.codes.get(person.pk, {})
    return {**show_user(person, about), "referralCodes": codes, "referable": is_referable(person, referred_by(person))}


def _tell_code(event: Event, tenant: Tenant) -> Data:
    member = Member.objects.for_tenant(tenant).filter(uid=event.subject).select_related("program").first()
    code = Code.objects.filter(member=member, is_default=True).first() if member else None
    if member is None or code is None:
        return None
    return {"code": code.code, "dateCreated": show_time(code.created_at), "programId": str(member.program.uid)}


def _tell_referral(event: Event, tenant: Tenant) -> Data:
    referral = Referral.objects.for_tenant(tenant).filter(uid=event.subject).select_related(*RELATED).first()
    if referral is None:
        return None
    about = about_referrals([referral], tenant=tenant, base_url=_base_url(tenant))
    people = {"referrer": referral.referrer.person, "referred": referral.referred}
    rewards = {side: about.rewards.get((referral.pk, side)) for side in Side}
    return {
        **show_state(referral, about),
        **{side: {"id": person.public_id, "accountId": account_of(person)} for side, person in people.items()},
        **{f"{side}User": show_id(person.uid) for side, person in people.items()},
        **{f"{side.value}Reward": show_id(reward.uid) if reward else None for side, reward in rewards.items()},
    }


def _tell_reward(event: Event, tenant: Tenant) -> Data:
    reward = _reward_of(event, tenant)
    return show_reward(reward, redemptions_of([reward])) if reward else None


def _tell_balance(event: Event, tenant: Tenant) -> Data:
    """`resourceVersion` grows with every event, so that a receiver can put what comes late aside."""
    reward = _reward_of(event, tenant)
    if reward is None:
        return None
    return {
        "userId": reward.person.public_id,
        "accountId": account_of(reward.person),
        "unit": unit_of(reward.currency),
        "availableValue": balance(reward.person, reward.currency)["available"],
        "resourceVersion": event.pk,
    }


def _reward_of(event: Event, tenant: Tenant) -> Reward | None:
    rewards = Reward.objects.for_tenant(tenant).select_related("person", "program", "referral", "rule")
    return rewards.filter(uid=event.subject).first()


def _base_url(tenant: Tenant) -> str:
    """There is no request to tell by which host we are reached, so it is the tenant's own domain where there is one."""
    domain = tenant.domains.order_by("id").first()
    return f"https://{domain.host}" if domain else ""


DATA: dict[str, Callable[[Event, Tenant], Data]] = {
    "user.created": _tell_user,
    "coupon.created": _tell_code,
    "referral.started": _tell_referral,
    "referral.automoderation.complete": _tell_referral,
    "referral.converted": _tell_referral,
    "referral.ended": _tell_referral,
    "reward.created": _tell_reward,
    "user.reward.balance.changed": _tell_balance,
}
