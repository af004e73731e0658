"""Play the history of Acme, day by day, up to now."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from random import Random

from django.db import connection, transaction

from config.demo.people import People
from config.demo.seed.clicks import plan_clicks
from config.demo.seed.company import ALIAS, create_programs, found_acme, hire_reviewers, opening_of
from config.demo.seed.desk import close_of_play, plan_desk
from config.demo.seed.globex import found_globex, play_globex
from config.demo.seed.journeys import plan_sign_ups
from config.demo.seed.members import plan_members
from config.demo.seed.outreach import plan_outreach
from config.demo.seed.paying import pay_out, plan_payouts
from config.demo.seed.returns import plan_returns
from config.demo.seed.suspects import plan_suspects
from config.demo.seed.timeline import Timeline
from config.demo.seed.world import Scale, World
from config.demo.stripe import FakeStripe
from config.demo.stripe.fake import API_KEY
from credits.models import Review
from credits.services.books import check_books
from credits.services.maturation import mature_pending
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from referrals.models import Attribution, Referral
from referrals.services.attributions import ensure_partitions
from referrals.services.outreach.joins import forget_invites
from referrals.services.outreach.sending import send_due_mail
from referrals.services.referrals import expire_referrals
from tenants.models import Tenant

Report = Callable[[float, str], None]
SWEEPS_A_DAY = 2
ANALYZED = (2, 10, 30)  # days on which the database looks at how its tables have grown


def find_acme() -> Tenant | None:
    """Acme, if it was seeded here."""
    return Tenant.objects.filter(alias=ALIAS, programs__name="friends").first()


def count_history(tenant: Tenant) -> str:
    clicks = Attribution.objects.for_tenant(tenant).count()
    referrals = Referral.objects.for_tenant(tenant).count()
    cases = Review.objects.open().for_tenant(tenant).count()
    return f"{clicks:,} clicks, {referrals} referrals, {cases} cases to review"


def seed(
    *,
    secret: str,
    at: datetime,
    stripe_key: str = API_KEY,
    scale: Scale | None = None,
    report: Report | None = None,
    hand_over: Callable[[FakeStripe], object] | None = None,
) -> World:
    """Make Acme and Globex with their history, in one transaction: a seed that is interrupted leaves nothing behind.

    `report` is told how far it is, from 0 to 1, with a word on it. `hand_over` is given what Stripe knows of it all, as
    the last thing that may fail.
    """
    scale = scale or Scale()
    ensure_partitions(first=(at - timedelta(days=scale.days + 5)).date(), last=at.date())
    with transaction.atomic():
        world = _make_world(secret=secret, stripe_key=stripe_key, at=at, scale=scale)
        _plan(world)
        for day in range(scale.days + 1):
            _live_through(world, day)
            if report:
                report((day + 1) / (scale.days + 1), f"day {day} of {scale.days}")
        _finish(world, at=at)
        if hand_over:
            hand_over(world.stripe)
    return world


def _make_world(*, secret: str, stripe_key: str, at: datetime, scale: Scale) -> World:
    start = datetime.combine(at.date() - timedelta(days=scale.days), time(), tzinfo=at.tzinfo)
    opening = opening_of(start)
    tenant = found_acme(secret=secret, stripe_key=stripe_key, at=opening)
    play_globex(found_globex(secret=f"{secret}_globex", at=opening), start=start)
    timeline = Timeline(start=opening, end=at)
    return World(
        tenant=tenant,
        secret=secret,
        programs=create_programs(tenant, at=opening),
        staff=hire_reviewers(),
        rng=Random(20),
        timeline=timeline,
        scale=scale,
        start=start,
        stripe=FakeStripe(now=lambda: timeline.now, api_keys=(stripe_key,)),
    )


def _plan(world: World) -> None:
    people = People(world.rng)
    plan_members(world, people)
    plan_sign_ups(world, people)
    plan_suspects(world, people)
    plan_clicks(world)
    plan_payouts(world, at=opening_of(world.start))
    plan_returns(world, people)
    plan_desk(world)
    plan_outreach(world)


def _live_through(world: World, day: int) -> None:
    """One day: what happens in it, and the sweeps that workers would have made."""
    for part in range(1, SWEEPS_A_DAY + 1):
        until = min(world.timeline.end, world.start + timedelta(days=day + part / SWEEPS_A_DAY))
        world.timeline.run(until=until)
        _sweep(world, until)
    if day in ANALYZED:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _sweep(world: World, at: datetime) -> None:
    handle_due(at=at)
    mature_pending(at=at)
    expire_referrals(at=at)
    send_due_mail(at=at)
    forget_invites(at=at)
    pay_out(world, at=at)


def _finish(world: World, *, at: datetime) -> None:
    close_of_play(world, at=at)
    failed = StripeEvent.objects.filter(status__in=[StripeEvent.Status.FAILED, StripeEvent.Status.DEAD]).first()
    assert failed is None, f"{failed} failed: {failed.error if failed else ''}"
    check = check_books(at=at)
    assert check.ok, check.differences
