"""Everybody else who looks at a shared link: people who do not sign up, and robots."""

from datetime import datetime
from functools import partial

from config.demo.people import BOTS, BROWSERS, new_address, new_visitor
from config.demo.seed.world import World
from referrals.services.attributions import record_click

ROBOTS, AHEAD = 0.13, 0.02  # of all clicks
REFERRERS = (
    "", "", "https://www.google.com/", "https://t.co/", "https://www.linkedin.com/", "https://mail.example/inbox",
    "https://www.reddit.com/",
)  # fmt: skip


def plan_clicks(world: World) -> None:
    programs = world.rng.choices(list(world.programs), (70, 14, 16), k=world.scale.clicks)
    for program, at in zip(programs, world.moments(world.scale.clicks), strict=True):
        world.timeline.add(at, partial(_look, world, program))


def _look(world: World, program: str, at: datetime) -> None:
    advocate = world.pick_advocate(program)
    if advocate is None:
        return
    kind = world.rng.random()
    record_click(
        advocate.code,
        tenant=world.tenant,
        ip=new_address(world.rng),
        user_agent=world.rng.choice(BOTS if kind < ROBOTS else BROWSERS),
        visitor="" if kind < ROBOTS else new_visitor(world.rng),
        prefetch=ROBOTS <= kind < ROBOTS + AHEAD,
        referrer_url=world.rng.choice(REFERRERS),
        at=at,
    )
