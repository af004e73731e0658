"""Members invite friends by mail, Acme invites customers to become members, and a few want none of it."""

from datetime import datetime, timedelta
from functools import partial

from config.demo.seed.world import World
from referrals.models import EmailSuppression
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.suppressions import suppress_email
from referrals.services.people import add_person
from referrals.services.referrals import refer

PROGRAM = "friends"
FRIENDS = (  # how many days before the end, who, and what they make of it
    (66, "Priya", "Nair", "is forgotten"),
    (21, "Owen", "Blake", "joins"),
    (19, "Lucía", "Ferrer", "wants no mail"),
    (12, "Noor", "Haddad", "thinks about it"),
    (6, "Jonas", "Weber", "thinks about it"),
    (3, "Mei", "Tan", "joins"),
    (1, "Aoife", "Byrne", "thinks about it"),
)
CUSTOMERS = (("Ravi", "Menon"), ("Greta", "Holm"), ("Samuel", "Okoye"))
LATER = timedelta(hours=30)


def plan_outreach(world: World) -> None:
    """All by fixed days, so that what chance decides elsewhere stays as it is."""
    for days, first, last, then in FRIENDS:
        at = world.timeline.end - timedelta(days=days, hours=2)
        if at > world.start:
            world.timeline.add(at, partial(_invite_friend, world, Contact(_address(first, last), first, last), then))
    world.timeline.add(world.timeline.end - timedelta(days=9), partial(_invite_customers, world))


def _invite_friend(world: World, contact: Contact, then: str, at: datetime) -> None:
    advocate = world.advocates[PROGRAM][0]
    add_invites(world.tenant, [contact], member=advocate.member, at=at)
    if then == "joins":
        world.timeline.add(at + LATER, partial(_join, world, contact, advocate.code))
    elif then == "wants no mail":
        world.timeline.add(at + LATER, partial(_refuse, world, contact))


def _join(world: World, contact: Contact, code: str, at: datetime) -> None:
    names = {"first_name": contact.first_name, "last_name": contact.last_name}
    refer(world.programs[PROGRAM], add_person(world.tenant, at=at, email=contact.email, **names), code=code, at=at)


def _refuse(world: World, contact: Contact, at: datetime) -> None:
    suppress_email(world.tenant, contact.email, source=EmailSuppression.Source.ONE_CLICK, at=at)


def _invite_customers(world: World, at: datetime) -> None:
    contacts = [Contact(_address(first, last), first, last, "customer") for first, last in CUSTOMERS]
    add_invites(world.tenant, contacts, program=world.programs[PROGRAM], at=at)


def _address(first: str, last: str) -> str:
    return f"{first}.{last}@inbox.example".lower().replace("í", "i")
