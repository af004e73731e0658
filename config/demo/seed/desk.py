"""The reviewers at work: they decide most cases within days, and now and then somebody takes back what was granted."""

from datetime import datetime, timedelta
from functools import partial

from django.db.models import QuerySet

from config.demo.seed.world import SATURDAY, World
from credits.models import Review, Reward
from credits.services.moderation import moderate
from credits.services.review import approve, claim, reject, staff
from referrals.models import Moderation, Referral, Side

# Chance of a rejection and what the reviewer writes, by the gravest reason.
VERDICTS: dict[str, tuple[float, str, str]] = {
    "same_stripe_customer": (1.0, "Both accounts are billed as one customer.", ""),
    "same_card_fingerprint": (
        0.6,
        "Paid with the referrer's own card.",
        "Parent pays for a student, confirmed by phone.",
    ),
    "same_mailbox": (0.7, "Second account of the same mailbox.", "Shared team mailbox, two different users."),
    "existing_customer": (0.5, "Was a customer before being referred.", "Came back after a year; sales agreed to it."),
    "disposable_domain": (0.5, "Throw-away address.", "Changed to a company address since."),
    "referrer_velocity": (0.3, "Sign-ups follow a pattern; none has been active.", "Spoke at a meet-up that day."),
    "similar_name": (0.45, "Looks like the same person.", "Siblings; both accounts are in use."),
}
OTHERWISE = (0.3, "Not convincing.", "Nothing unusual on a closer look.")
FRESH = timedelta(hours=20)  # a case rests a night before it is decided
DENIALS = ((Side.REFERRER, Side.REFERRED), (Side.REFERRER,), (Side.REFERRED,))
DENIED = "Charge was disputed with us directly; reward withdrawn."


def plan_desk(world: World) -> None:
    for day in range(world.scale.days + 1):
        opening = world.start + timedelta(days=day, hours=10)
        if opening.weekday() < SATURDAY:
            world.timeline.add(opening, partial(_work, world))
            world.timeline.add(opening + timedelta(hours=5), partial(_work, world))
    first = max(10.0, world.scale.days / 4)
    for number, at in enumerate(world.moments(max(6, world.scale.sign_ups // 30), days=(first, world.scale.days))):
        world.timeline.add(at, partial(_deny, world, DENIALS[number % len(DENIALS)]))


def close_of_play(world: World, *, at: datetime) -> None:
    """Leave just the wanted number of cases open, two of them in somebody's hands at this moment."""
    for review in _open(world)[: max(0, _open(world).count() - world.scale.queue)]:
        _decide(world, review, at=at)
    for review, user in zip(_open(world).order_by("-opened_at")[:2], world.staff, strict=False):
        claim(review, by=user, at=at)


def _work(world: World, at: datetime) -> None:
    """Decide what has rested, but never so much that the desk would be empty."""
    rested = _open(world).filter(opened_at__lt=at - FRESH)
    backlog = round(world.scale.queue * (at - world.start) / (world.timeline.end - world.start))
    for review in rested[: max(0, _open(world).count() - backlog)]:
        _decide(world, review, at=at)


def _open(world: World) -> QuerySet[Review]:
    return Review.objects.open().for_tenant(world.tenant).order_by("opened_at", "id")


def _decide(world: World, review: Review, *, at: datetime) -> None:
    user = world.rng.choice(world.staff)
    claim(review, by=user, at=at)
    chance, against, in_favour = next((VERDICTS[code] for code in VERDICTS if code in review.reasons), OTHERWISE)
    if world.rng.random() < chance:
        reject(review, actor=staff(user), by=user, at=at, reason=against)
    else:
        approve(review, actor=staff(user), by=user, at=at, note=in_favour)


def _deny(world: World, sides: tuple[Side, ...], at: datetime) -> None:
    """Somebody denies what was granted: its unissued rewards go back. Those of a story are left to it."""
    standing = Reward.objects.for_tenant(world.tenant).standing().filter(side__in=sides)
    rewarded = Referral.objects.filter(pk__in=standing.values("referral"), status=Referral.Status.REWARDED)
    rewarded = rewarded.exclude(rewards__status__in=[Reward.Status.PROCESSING, Reward.Status.ISSUED])
    rewarded = rewarded.exclude(referrer__in=[each.member for each in world.all_advocates() if not each.reach])
    referral = rewarded.order_by("id")[world.rng.randrange(max(1, rewarded.count())) :].first()
    if referral:
        user = world.rng.choice(world.staff)
        for side in sides:
            moderate(referral, side, Moderation.DENIED, actor=staff(user), at=at, reason=DENIED)
