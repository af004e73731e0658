"""The worlds of the recordings about hooks: acme is told of new referrals at https://acme.example/in."""

from datetime import timedelta

from events.models import Delivery
from events.services.endpoints import subscribe_to
from events.services.events import record_event
from tenants.models import Tenant
from tests.api.recordings import World
from tests.api.referral_rock.worlds import alice_alone, basic_key
from tests.cast import NOON, make_tenant

URL = "https://acme.example/in"


def add_hook(tenant: Tenant, *, url: str = URL, event: str = "ReferralAdd", secret: str = "s3cret"):
    return subscribe_to(tenant, dialect="referral_rock", url=url, topic=event, secret=secret, at=NOON)


def hooked() -> World:
    world = alice_alone()
    hook = add_hook(world["tenant"])
    return world | {"hook": str(hook.uid), "subscription": hook}


def hooked_by_somebody_else() -> World:
    """The hook is globex's."""
    return alice_alone() | {"hook": str(add_hook(make_tenant("globex")).uid)}


def told() -> World:
    """Three new referrals: one told, one given up, one under way; and a message under another event."""
    world = hooked()
    tenant, endpoint = world["tenant"], world["subscription"].endpoint
    states = [
        {"status": "delivered", "attempts": 1, "last_status": 200, "finished_at": NOON},
        {"status": "failed", "attempts": 10, "last_error": "The name has no address.", "finished_at": NOON},
        {"status": "pending", "attempts": 1, "last_status": 503, "body": '{"Id":"7"}'},
    ]
    for number, state in enumerate(states):
        at = NOON + timedelta(hours=number)
        event = record_event(tenant, "referral.attributed", subject=world["member"].uid, at=at)
        for topic in ("ReferralAdd", "ReferralUpdate")[: 1 + number]:
            about = {"event": event, "subject": event.subject, "topic": topic, "created_at": at, "next_attempt_at": at}
            Delivery.objects.create(tenant=tenant, endpoint=endpoint, **about, **state)
    return world


def told_somebody_else() -> World:
    """What is told is acme's, and globex asks."""
    told()
    return {"key": basic_key(make_tenant("globex"))}


HOOK_WORLDS = {
    "a hook": hooked,
    "a hook of another tenant": hooked_by_somebody_else,
    "referrals told": told,
    "referrals told to another tenant": told_somebody_else,
}
