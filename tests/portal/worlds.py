"""A member to whom everything has happened once, and how tests come to their pages."""

from datetime import datetime, timedelta

from django.db import transaction
from django.test import Client
from django.utils import timezone

from credits.services.maturation import mature_pending
from payouts.models import PayoutMethod
from payouts.services.methods import create_method, set_account
from payouts.services.release import mark_paid
from payouts.services.requests import request_payout
from portal.sessions import COOKIE, PATH
from referrals.models import Action, Identifier, Member, Program
from referrals.services.access import View, access_token
from referrals.services.attributions import record_click
from referrals.services.people import note_identifier, upsert_person
from referrals.services.referrals import expire_referrals, refer
from tests.cast import pay, refund

DAY = timedelta(days=1)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME = "198.51.100.7"


def token_for(member: Member, view: View = View.PORTAL, *, minutes: int = 20, at: datetime | None = None) -> str:
    return access_token(member, at=at or timezone.now(), minutes=minutes, view=view)


def visitor(member: Member | None = None, *, ip: str = HOME, **options: object) -> Client:
    """A browser, in the middle of a visit where it is a member's."""
    client = Client(headers={"User-Agent": AGENT}, REMOTE_ADDR=ip, **options)
    if member:
        client.cookies[COOKIE] = token_for(member, View.SESSION)
        client.cookies[COOKIE]["path"] = PATH
    return client


def describe(program: Program) -> Program:
    """Give a program what members read about it."""
    program.title = "Friends of Acme"
    program.member_offer = "Earn 25% of what your friends pay, up to $100 for each of them."
    program.referral_offer = "$10 off their first month."
    program.landing_url = "https://shop.acme.example/welcome"
    program.save()
    return program


def prosper(member: Member, *, now: datetime) -> None:
    """Whom a member brought in over half a year, and what came of each: paid out, refunded, ready, on its way, being
    checked, without a payment. The latest comes last.
    """
    method = create_method(member.program, name="PayPal", kind=PayoutMethod.Kind.MANUAL, at=now - 170 * DAY)
    set_account(member.person, kind=method.kind, destination="alice@alice.example", actor="test", at=now - 170 * DAY)
    for name, amount, age in (("Greta", 120_00, 165), ("Hugo", 96_00, 160), ("Ines", 400_00, 150)):
        bring(member, name, amount, at=now - age * DAY)
    mature_pending(at=now - 110 * DAY)
    settle(member, method, at=now - 100 * DAY)
    bring(member, "Jonas", 0, at=now - 80 * DAY)
    refund(bring(member, "Kaja", 60_00, at=now - 60 * DAY), 60_00, at=now - 50 * DAY)
    bring(member, "Leo", 149_00, at=now - 45 * DAY)
    mature_pending(at=now - 10 * DAY)
    bring(member, "Mara", 80_00, at=now - 9 * DAY, card="fp_shared")
    bring(member, "Nils", 49_00, at=now - 6 * DAY)
    bring(member, "Olga", 0, at=now - 1 * DAY)
    expire_referrals(at=now)


def bring(member: Member, name: str, amount: int, *, at: datetime, card: str = "") -> Action | None:
    """Somebody clicks and signs up and, a day later, pays an amount unless it is nothing; with the member's own card,
    where one is given, so that a person has to look at it.
    """
    code, names = (
        member.codes.get(is_default=True).code,
        {"first_name": name, "email": f"{name.lower()}@mailbox.example"},
    )
    record_click(code, ip=f"203.0.113.{len(name) * 7}", user_agent=AGENT, visitor=name, tenant=member.tenant, at=at)
    person = upsert_person(member.tenant, external_id=name.lower(), at=at, **names)
    referral = refer(member.program, person, code=code, at=at)
    for each in (member.person, person) if card else ():
        note_identifier(each, Identifier.Kind.CARD, card, at=at)
    return pay(referral, amount, at=at + DAY) if amount else None


@transaction.atomic
def settle(member: Member, method: PayoutMethod, *, at: datetime) -> None:
    """Pay out by hand what a member has."""
    payout = request_payout(member.person, method, actor="test", at=at)
    mark_paid(payout, actor="test", reference="bank 17", at=at + 2 * DAY)
