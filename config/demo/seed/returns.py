"""Money that comes back, or must not leave yet: a story for each way.

A payment of day d is earned by day d + 30 and paid on the Monday after that.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from config.demo.people import People
from config.demo.seed.members import enrol_advocate
from config.demo.seed.paying import connect_bank
from config.demo.seed.story import Story
from config.demo.seed.world import World
from config.demo.stripe_objects import Price
from credits.services.review import staff
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import set_account
from payouts.services.release import mark_paid, release_payout
from payouts.services.requests import request_payout

TEAM = Price(290_00, "USD", plan="Acme Team, yearly")  # brings its member $72.50
SCALE = Price(199_00, "USD", 16_42, plan="Acme Scale, yearly")  # $49.75
ENTERPRISE = Price(499_00, "USD", 41_17, plan="Acme Enterprise, yearly")  # $100, the most for one friend


def plan_returns(world: World, people: People) -> None:
    for number, tell in enumerate(STORIES):
        world.timeline.add(world.start + timedelta(hours=8, minutes=number), partial(_begin, world, people, tell))


def _begin(world: World, people: People, tell: Callable[[Story], None], at: datetime) -> None:
    advocate = enrol_advocate(world, "friends", people.meet("US"), at=at, reach=0.0)  # nobody else comes by them
    if tell not in WITHOUT_BANK:
        connect_bank(world, advocate, at=at, transfers="inactive" if tell is fail_and_be_tried_again else "active")
    tell(Story(world, people, advocate))


def fail_and_be_tried_again(story: Story) -> None:
    """The member's onboarding is half done: see `paying`."""
    story.befriend(6, TEAM)


def come_back_in_part(story: Story) -> None:
    """A transfer is reversed in part; what came back is paid again."""
    story.befriend(8, TEAM)
    story.take_back(50, 30_00)


def be_netted(story: Story) -> None:
    """A friend is refunded after the member was paid for them; the next payout is smaller by it."""
    story.befriend(10, TEAM)
    story.befriend(25, SCALE)
    story.befriend(28, TEAM)
    story.refund(50)


def owe(story: Story) -> None:
    """The same, and no other friend pays since."""
    story.befriend(15, ENTERPRISE)
    story.refund(75)


def be_let_go(story: Story) -> None:
    """Held as large, and released by a second person."""
    story.befriend(12, ENTERPRISE)
    story.befriend(12.1, ENTERPRISE)
    story.on(52, partial(_let_go, story))


def wait_as_large(story: Story) -> None:
    story.befriend(49, ENTERPRISE)
    story.befriend(49.1, ENTERPRISE)


def wait_for_a_dispute(story: Story) -> None:
    """One friend's bank took the money back, so that the member waits for what the other brought."""
    story.befriend(46, TEAM)
    story.befriend(52, SCALE)
    story.dispute(70, friend=1)


def be_disputed_and_win(story: Story) -> None:
    story.befriend(30, SCALE)
    story.dispute(36, won_on=62)


def be_refunded_in_parts(story: Story) -> None:
    story.befriend(40, SCALE)
    story.refund(47, 50_00)
    story.refund(55, 30_00)


def be_refunded_late(story: Story) -> None:
    """A part comes back a week after the member was paid; another friend's refund then fails, and stands again."""
    story.befriend(20, TEAM)
    story.befriend(60, TEAM)
    story.refund(66, 100_00)
    story.refund(68, friend=1, fails_on=72)


def be_paid_by_hand(story: Story) -> None:
    story.befriend(20, TEAM)
    story.on(60, partial(_request_by_hand, story))
    story.on(62, partial(_pay_by_hand, story))


def wait_for_a_hand(story: Story) -> None:
    story.befriend(33, TEAM)
    story.on(87, partial(_request_by_hand, story))


STORIES: tuple[Callable[[Story], None], ...] = (
    fail_and_be_tried_again,
    come_back_in_part,
    be_netted,
    owe,
    be_let_go,
    wait_as_large,
    wait_for_a_dispute,
    be_disputed_and_win,
    be_refunded_in_parts,
    be_refunded_late,
    be_paid_by_hand,
    wait_for_a_hand,
)
WITHOUT_BANK = (be_paid_by_hand, wait_for_a_hand)


def _let_go(story: Story, at: datetime) -> None:
    release_payout(story.payout(Payout.Status.HELD), actor=staff(story.world.staff[1]), at=at)


def _request_by_hand(story: Story, at: datetime) -> None:
    person, somebody = story.advocate.member.person, story.advocate.somebody
    actor, manual = staff(story.world.staff[0]), PayoutMethod.Kind.MANUAL
    set_account(person, kind=manual, destination=somebody.email, actor=actor, at=at)
    method = PayoutMethod.objects.get(program=story.world.programs["friends"], kind=manual)
    request_payout(person, method, actor=actor, at=at)


def _pay_by_hand(story: Story, at: datetime) -> None:
    reference, actor = f"ACH {at:%Y%m%d}-0417", staff(story.world.staff[1])
    mark_paid(story.payout(Payout.Status.PENDING), actor=actor, reference=reference, at=at)
