"""Inviting people by mail, and welcoming new members. Nothing is mailed here: mails are queued, and sent by a clock."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Lower

from referrals.errors import MalformedAddress, MayNotInvite, ProgramInactive
from referrals.models import Invite, Mail, Member, Person, Program, Referral
from referrals.services.mailboxes import fold_address
from referrals.services.outreach.addresses import read_address
from referrals.services.outreach.suppressions import addresses_suppressed
from referrals.services.registration import main_program
from tenants.models import Tenant

INVITE_LIFE = timedelta(days=60)
INVITES_A_DAY = 100  # of one member: Vouch is no tool for mailing strangers


class Contact(NamedTuple):
    """Somebody to invite, as the caller told of them."""

    email: str
    first_name: str = ""
    last_name: str = ""
    contact_type: str = ""


class Refusal(NamedTuple):
    """A contact that was not invited. `code` says why to the tenant. A member is told `for_member`: who is a customer
    already, or wants no mail, is nobody's business.
    """

    contact: Contact
    code: str

    @property
    def message(self) -> str:
        return REASONS[self.code]

    @property
    def for_member(self) -> str:
        return REASONS[self.code if self.code in HARMLESS else "not_invited"]


class Invited(NamedTuple):
    """What came of a list of contacts: each is in one of the two."""

    added: list[Invite]
    refused: list[Refusal]


REASONS = {
    "malformed_address": "That is not an e-mail address.",
    "repeated": "The address is in the list twice.",
    "suppressed": "They do not want mail.",
    "already_member": "They are a member already.",
    "already_referred": "They have been referred already.",
    "invited_before": "They were invited within the last 60 days.",
    "too_many": f"A member invites at most {INVITES_A_DAY} people a day.",
    "not_invited": "This address cannot be invited.",
}
HARMLESS = {"malformed_address", "repeated", "too_many"}


@transaction.atomic
def add_invites(
    tenant: Tenant,
    contacts: Iterable[Contact],
    *,
    at: datetime,
    member: Member | None = None,
    program: Program | None = None,
) -> Invited:
    """Invite people to a program, in the name of a member or of the tenant itself; the clock mails them soon after.

    The program is the member's, else the one given, else the tenant's main one. A contact that cannot be invited is
    refused with the reason, and the others are invited all the same. Raises MayNotInvite and ProgramInactive.
    """
    program = _program_of(tenant, member, program)
    wanted, refused = _sort_out(contacts)
    for reason, addresses in _known(program, wanted.keys()):
        refused += [Refusal(wanted.pop(address), reason) for address in list(wanted) if address in addresses]
    room = _room_of(member, at=at) if member else len(wanted)
    refused += [Refusal(wanted.pop(address), "too_many") for address in list(wanted)[room:]]
    added = _insert(program, wanted, member=member, at=at)
    taken = wanted.keys() - {invite.address for invite in added}  # somebody invited them a moment ago
    refused += [Refusal(wanted[address], "invited_before") for address in wanted if address in taken]
    return Invited(added, refused)


@transaction.atomic
def send_welcome(member: Member, *, at: datetime) -> None:
    """Queue the mail that tells a new member of their link. A member is welcomed once, however often this is called."""
    if member.person.email:
        Mail.objects.get_or_create(
            member=member,
            kind=Mail.Kind.WELCOME,
            defaults={"tenant_id": member.tenant_id, "due_at": at, "created_at": at},
        )


def is_in_already(program: Program, address: str) -> bool:
    """Whether somebody with that address takes part in the program by now."""
    return any(address in found for _, found in _people_in(program, [address]))


def _program_of(tenant: Tenant, member: Member | None, program: Program | None) -> Program:
    if member is not None and not (member.can_refer and member.person.blocked_at is None):
        raise MayNotInvite
    found = member.program if member is not None else program or main_program(tenant)
    if found is None or not found.is_active:
        raise ProgramInactive
    return found


def _sort_out(contacts: Iterable[Contact]) -> tuple[dict[str, Contact], list[Refusal]]:
    """The contacts by the address to compare, and those that are none or are there twice."""
    wanted: dict[str, Contact] = {}
    refused = []
    for contact in contacts:
        try:
            typed, address = read_address(contact.email)
        except MalformedAddress as error:
            refused.append(Refusal(contact, error.code))
            continue
        if address in wanted:
            refused.append(Refusal(contact, "repeated"))
        else:
            wanted[address] = contact._replace(email=typed)
    return wanted, refused


def _known(program: Program, addresses: Collection[str]) -> list[tuple[str, set[str]]]:
    """The addresses that are not to be invited, by the reason: the first that fits is told."""
    live = Invite.objects.for_tenant(program.tenant).filter(program=program, address__in=addresses).live()
    return [
        ("suppressed", addresses_suppressed(program.tenant, addresses)),
        *_people_in(program, addresses),
        ("invited_before", set(live.values_list("address", flat=True))),
    ]


def _people_in(program: Program, addresses: Collection[str]) -> list[tuple[str, set[str]]]:
    """Who is in the program already, as a member or as somebody referred."""
    people = Person.objects.for_tenant(program.tenant).alias(lower=Lower("email")).filter(lower__in=addresses)
    emails = dict(people.values_list("pk", "email"))
    members = Member.objects.for_tenant(program.tenant).filter(program=program, person__in=emails)
    referred = Referral.objects.live().filter(program=program, referred__in=emails)
    return [
        ("already_member", {fold_address(emails[pk]) for pk in members.values_list("person", flat=True)}),
        ("already_referred", {fold_address(emails[pk]) for pk in referred.values_list("referred", flat=True)}),
    ]


def _room_of(member: Member, *, at: datetime) -> int:
    """How many more a member may invite today."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # one list of a member at a time
    lately = Invite.objects.filter(member=member, created_at__gt=at - timedelta(days=1))
    return max(0, INVITES_A_DAY - lately.count())


def _insert(program: Program, wanted: dict[str, Contact], *, member: Member | None, at: datetime) -> list[Invite]:
    """Rows for those that nobody else invites at this moment, each with its mail in line."""
    drafts = [
        Invite(
            tenant_id=program.tenant_id,
            program=program,
            member=member,
            first_name=contact.first_name.strip()[:200],
            last_name=contact.last_name.strip()[:200],
            email=contact.email,
            address=address,
            contact_type=contact.contact_type.strip()[:100],
            created_at=at,
            expires_at=at + INVITE_LIFE,
        )
        for address, contact in sorted(wanted.items())  # two lists at once insert in one order, and wait for each other
    ]
    Invite.objects.bulk_create(drafts, ignore_conflicts=True)
    places = {address: place for place, address in enumerate(wanted)}
    found = Invite.objects.filter(uid__in=[draft.uid for draft in drafts])
    added = sorted(found, key=lambda invite: places[invite.address])
    mails = [
        Mail(tenant_id=program.tenant_id, kind=Mail.Kind.INVITE, invite=invite, due_at=at, created_at=at)
        for invite in added
    ]
    Mail.objects.bulk_create(mails)
    return added
