"""What becomes of a payout: completed, failed, cancelled, or returned afterwards. Each moves its reserve once."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from credits.models import Bucket, EntryKind, Payment, Reward
from credits.services.ledger import post
from credits.services.standing import settle_payout_failure
from events.services.events import record_event
from payouts.errors import WrongState
from payouts.models import Payout

P = Payout.Status
TRANSITIONS: dict[str, frozenset[str]] = {
    P.HELD: frozenset({P.PENDING, P.CANCELLED}),
    P.PENDING: frozenset({P.PROCESSING, P.HELD, P.CANCELLED, P.FAILED}),
    P.PROCESSING: frozenset({P.COMPLETED, P.FAILED, P.PENDING}),
    P.COMPLETED: frozenset(),
    P.FAILED: frozenset(),
    P.CANCELLED: frozenset(),
}

MOVE = """
WITH moved AS (
    UPDATE credits_reward w
    SET status = %(to)s::text, updated_at = %(at)s::timestamptz,
        issued_at = CASE %(to)s::text WHEN 'issued' THEN %(at)s::timestamptz ELSE w.issued_at END
    FROM payouts_payoutitem i WHERE i.payout_id = %(payout)s::bigint AND w.id = i.reward_id AND w.status = 'processing'
    RETURNING w.id, w.tenant_id, w.uid
)
INSERT INTO events_event (tenant_id, uid, kind, subject, data, occurred_at, recorded_at)
SELECT tenant_id, gen_random_uuid(), 'reward.' || %(to)s::text, uid,
       jsonb_build_object('payout', %(uid)s::text, 'before', jsonb_build_object('status', 'processing'),
                          'after', jsonb_build_object('status', %(to)s::text)),
       %(at)s::timestamptz, clock_timestamp()
FROM moved ORDER BY id
"""


def lock_payout(payout_id: int) -> Payout:
    """The payout as it is now, locked."""
    rows = Payout.objects.select_for_update(of=("self",))
    return rows.select_related("tenant", "method__program", "person").get(pk=payout_id)


def move_payout(payout: Payout, to: str, *, at: datetime, **fields: Any) -> None:
    """Move a locked payout to a state and tell of it. Raises WrongState for a move that is not declared."""
    before = payout.status
    if to not in TRANSITIONS[before]:
        raise WrongState(f"A {before} payout cannot become {to}.")
    update_payout(payout, at=at, status=to, **fields)
    states = {"before": {"status": before}, "after": {"status": to}}
    told = {name: value for name, value in fields.items() if name in ("released_by", "holds", "error", "reference")}
    record_event(payout.tenant, f"payout.{to}", subject=payout.uid, at=at, **states, **told)


def update_payout(payout: Payout, *, at: datetime, **fields: Any) -> None:
    """Write fields of a locked payout."""
    fields["updated_at"] = at
    for name, value in fields.items():
        setattr(payout, name, value)
    payout.save(update_fields=list(fields))


@transaction.atomic
def complete_payout(payout: Payout, *, at: datetime, **fields: Any) -> Payout:
    """It is confirmed that the money arrived: the reserve is paid, and its rewards are issued. Repeating is harmless.

    Raises WrongState for a payout that is not processing.
    """
    payout = lock_payout(payout.pk)
    if payout.status == P.COMPLETED:
        return payout
    move_payout(payout, P.COMPLETED, at=at, ended_at=at, error="", **fields)
    payout.attempts.filter(outcome="").update(outcome="accepted", stripe_id=payout.stripe_id)
    key = f"pay:{payout.uid}"
    post(payout, EntryKind.PAY, Bucket.RESERVED, Bucket.PAID, payout.amount, key=key, at=at, payout=payout.uid)
    _move_rewards(payout, Reward.Status.ISSUED, at=at)
    return payout


@transaction.atomic
def fail_payout(payout: Payout, *, error: str, at: datetime) -> Payout:
    """It is certain that no money left: the reserve is available again. Repeating is harmless. Raises WrongState."""
    payout = lock_payout(payout.pk)
    if payout.status != P.FAILED:
        _give_back(payout, P.FAILED, at=at, error=error[:1000])
    return payout


@transaction.atomic
def cancel_payout(payout: Payout, *, actor: str, at: datetime, reason: str = "") -> Payout:
    """Call a payout off before it is sent: the reserve is available again. Raises WrongState once it may have left."""
    payout = lock_payout(payout.pk)
    _give_back(payout, P.CANCELLED, at=at, error=f"{actor}: {reason}"[:1000] if reason else f"by {actor}")
    return payout


@transaction.atomic
def note_return(payout: Payout, *, returned: int, at: datetime) -> Payout:
    """So much of a completed payout has come back by now, in minor units: it is available again, and the next payout
    takes it along. Less than what is known already changes nothing. Raises WrongState before it is completed.
    """
    payout = lock_payout(payout.pk)
    if payout.status != P.COMPLETED:
        raise WrongState(f"A {payout.status} payout cannot come back.")
    news = min(returned, payout.amount) - payout.returned_amount
    if news > 0:
        key = f"return:{payout.uid}:{payout.returned_amount + news}"
        post(payout, EntryKind.RETURN, Bucket.PAID, Bucket.AVAILABLE, news, key=key, at=at, payout=payout.uid)
        update_payout(payout, at=at, returned_amount=payout.returned_amount + news)
        data = {"amount": news, "currency": payout.currency, "after": {"returned_amount": payout.returned_amount}}
        record_event(payout.tenant, "payout.returned", subject=payout.uid, at=at, **data)
    return payout


def _give_back(payout: Payout, to: str, *, at: datetime, error: str) -> None:
    move_payout(payout, to, at=at, ended_at=at, error=error)
    key = f"release:{payout.uid}"
    post(payout, EntryKind.RELEASE, Bucket.RESERVED, Bucket.AVAILABLE, payout.amount, key=key, at=at, payout=payout.uid)
    payout.items.update(is_released=True)
    _move_rewards(payout, Reward.Status.AVAILABLE, at=at)
    for reward in _changed_meanwhile(payout):
        settle_payout_failure(reward, cause=f"payout {to}:{payout.pk}", at=at)


def _move_rewards(payout: Payout, to: str, *, at: datetime) -> None:
    """Move what is in a payout, which may be thousands of rewards, in one statement; locked in order before."""
    rewards = Reward.objects.filter(payout_items__payout=payout).order_by("pk")
    list(rewards.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"payout": payout.pk, "uid": str(payout.uid), "to": to, "at": at})


def _changed_meanwhile(payout: Payout) -> list[Reward]:
    """Rewards whose payment went back, or was disputed, at some time: what became of them may have to be made good."""
    touched = Payment.objects.exclude(returned_amount=0, disputed_at=None, reversals=None).values("action")
    rewards = Reward.objects.filter(payout_items__payout=payout, action__in=touched)
    return list(rewards.select_related("tenant", "referral").order_by("pk"))
