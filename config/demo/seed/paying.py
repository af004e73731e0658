"""Members are paid: how Acme pays out, where each member is paid, and the weekly earn-outs.

All of it is done by the services that do it otherwise. Only Stripe is asked here and not by the gateway, which refuses
to ask from inside a transaction; the history is one.
"""

import json
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from config.demo.seed.world import Advocate, World
from config.demo.stripe.objects import StripeObject
from credits.services.review import staff
from events.services.events import record_event
from payouts.models import Payout, PayoutAttempt, PayoutMethod
from payouts.services.earn_outs import run_earn_outs
from payouts.services.methods import create_default_methods, create_method, set_account
from payouts.services.release import retry_payout
from payouts.services.settlement import complete_payout, fail_payout, lock_payout, move_payout, update_payout
from referrals.models import Person

P, Kind, Outcome = Payout.Status, PayoutMethod.Kind, PayoutAttempt.Outcome
MONEY = {  # minimum amount, held above, limit of a year
    "friends": (20_00, 150_00, 2_000_00),
    "partners": (50_00, 900_00, 20_000_00),
    "japan": (3_000, 20_000, 300_000),
}
WITHOUT_BANK = 4  # every so many-th member never says where to
MOMENT, DAY, WEEK = timedelta(seconds=5), timedelta(days=1), timedelta(weeks=1)


def plan_payouts(world: World, *, at: datetime) -> None:
    for name, program in world.programs.items():
        minimum, above, limit = MONEY[name]
        money = {"minimum_amount": minimum, "hold_above": above, "yearly_limit": limit, "currency": program.currency}
        create_method(program, name="Bank transfer", kind=Kind.STRIPE_TRANSFER, at=at, **money)
        create_default_methods(program, at=at)
    for week in range(world.scale.days // 7 + 1):
        world.timeline.add(world.start + week * WEEK + timedelta(hours=9), partial(_ask_for_accounts, world))


def connect_bank(world: World, advocate: Advocate, *, at: datetime, transfers: str = "active") -> str:
    """A member goes through Stripe's onboarding, or leaves it half done; returns the connected account."""
    name, somebody = world.new_id("acct_1", 15), advocate.somebody
    world.stripe.open_account(name, transfers=transfers, email=somebody.email, country=somebody.country)
    set_account(advocate.member.person, kind=Kind.STRIPE_TRANSFER, destination=name, actor="system", at=at)
    return name


def pay_out(world: World, *, at: datetime) -> None:
    """What the workers do every few seconds: the earn-outs that are due, and sending what they requested."""
    run_earn_outs(at=at)
    for payout in Payout.objects.for_tenant(world.tenant).to_send(at).select_related("method").order_by("pk"):
        _send(world, payout, at=at)


def _ask_for_accounts(world: World, at: datetime) -> None:
    """Members who have something to come connect their bank, most of them."""
    joined = {each.member.person_id: each for each in world.all_advocates() if each.reach}
    earning = Person.objects.filter(pk__in=joined, rewards__status="available", payout_accounts=None)
    for pk in earning.order_by("pk").distinct().values_list("pk", flat=True):
        if pk % WITHOUT_BANK:
            connect_bank(world, joined[pk], at=at)


def _send(world: World, payout: Payout, *, at: datetime) -> None:
    """As `payouts.services.sending` does it."""
    number = payout.attempts.count() + 1
    key = f"payout-{payout.uid}-{number}"
    attempt = PayoutAttempt.objects.create(payout=payout, number=number, key=key, started_at=at, last_sent_at=at)
    payout = lock_payout(payout.pk)
    move_payout(payout, P.PROCESSING, at=at, sent_at=at, next_attempt_at=at)
    status, answer = _ask(world, payout, key=key)
    if status == 200:  # noqa: PLR2004 - the status of success
        _accept(world, payout, attempt, answer["id"], at=at)
    else:
        _refuse(world, payout, attempt, answer["error"], at=at)


def _ask(world: World, payout: Payout, *, key: str) -> tuple[int, StripeObject]:
    """Put a payout to Stripe, with the parameters that the gateway gives."""
    asked: dict[str, object] = {"currency": payout.currency.lower(), "metadata[payout]": payout.uid}
    if payout.method.kind == Kind.STRIPE_TRANSFER:
        path = "/v1/transfers"
        asked |= {"amount": payout.amount, "destination": payout.destination, "transfer_group": payout.uid}
    else:
        path = f"/v1/customers/{payout.destination}/balance_transactions"
        asked |= {"amount": -payout.amount, "description": "Referral reward"}
    headers = {"Authorization": f"Bearer {world.stripe.api_keys[0]}", "Idempotency-Key": key}
    status, _, body = world.stripe.handle("POST", path, urlencode(asked), headers)
    return status, json.loads(body)


def _accept(world: World, payout: Payout, attempt: PayoutAttempt, name: str, *, at: datetime) -> None:
    """Stripe has it. Of a transfer its own event tells; credit is looked up, and found."""
    attempt.outcome, attempt.stripe_id = Outcome.ACCEPTED, name
    attempt.save(update_fields=["outcome", "stripe_id"])
    update_payout(payout, at=at, stripe_id=name)
    told = {"stripe_id": name, "attempt": attempt.number}
    record_event(payout.tenant, "payout.sent", subject=payout.uid, at=at, **told)
    world.hear(at=at)
    if payout.method.kind == Kind.STRIPE_BALANCE:
        complete_payout(payout, at=at + MOMENT)


def _refuse(world: World, payout: Payout, attempt: PayoutAttempt, error: StripeObject, *, at: datetime) -> None:
    """Stripe pays nobody whose onboarding is half done. They are told, and a day later somebody tries again."""
    words = f"{error.get('code') or error['type']}: {error['message']}"
    attempt.outcome, attempt.error = Outcome.REFUSED, words
    attempt.save(update_fields=["outcome", "error"])
    fail_payout(payout, error=words, at=at)
    world.timeline.add(at + DAY, partial(_try_again, world, payout.pk))


def _try_again(world: World, payout_id: int, at: datetime) -> None:
    payout = lock_payout(payout_id)
    world.stripe.change_account(payout.destination, capabilities={"transfers": "active"})
    world.hear(at=at)
    retry_payout(payout, actor=staff(world.staff[0]), at=at + timedelta(minutes=20))
