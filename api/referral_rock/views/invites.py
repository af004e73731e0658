"""People to invite (contracts/referral-rock.md, 4.35 and 4.36): the tenant asks them to become members."""

from collections import Counter
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import BulkView, RockView
from api.referral_rock.bodies import Shape, Text, needed, read_body
from api.referral_rock.bulk import read_items
from api.referral_rock.errors import show_message
from api.referral_rock.views.email import LONGEST, MESSAGE
from referrals.errors import MalformedAddress
from referrals.services.outreach.addresses import read_address
from referrals.services.outreach.inviting import REASONS, Contact, Invited, add_invites
from tenants.models import Tenant


class Address(Text):
    default_error_messages = {"malformed": "That is not an e-mail address."}

    def to_internal_value(self, data: Any) -> str:
        try:
            typed, _ = read_address(super().to_internal_value(data))
        except MalformedAddress:
            self.fail("malformed")
        return typed


class ContactBody(Shape):
    firstName = needed(Text, max_length=200)
    lastName = Text(max_length=200)
    email = needed(Address, max_length=LONGEST)
    contactType = Text(max_length=100, help_text="A word of your own, kept with the contact.")


class InviteFeedView(RockView):
    @extend_schema(operation_id="addInvite", request=ContactBody, responses=schemas.answers(200, MESSAGE))
    def post(self, request: Request) -> Response:
        """`POST /api/invitefeed`: one contact. The message says where it was not added, and why."""
        return Response(show_message(invite(self.tenant, [read_contact(request.data)])))


class InviteFeedsView(BulkView):
    @extend_schema(operation_id="addInvites", request=ContactBody(many=True), responses=schemas.answers(200, MESSAGE))
    def post(self, request: Request) -> Response:
        """`POST /api/invitefeeds`: up to a thousand contacts. One that is malformed refuses them all, by its place."""
        contacts = [read_item(number, item) for number, item in enumerate(read_items(request.data))]
        return Response(show_message(invite(self.tenant, contacts)))


def read_contact(data: Any) -> Contact:
    told = read_body(ContactBody, data)
    return Contact(
        email=told["email"],
        first_name=told["firstName"],
        last_name=told.get("lastName") or "",
        contact_type=told.get("contactType") or "",
    )


def read_item(number: int, item: Any) -> Contact:
    try:
        return read_contact(item)
    except ValidationError as error:
        raise ValidationError({f"[{number}]": error.detail}) from error


def invite(tenant: Tenant, contacts: list[Contact]) -> str:
    """Invite people to the tenant's main program; what is to be said of it."""
    return describe(add_invites(tenant, contacts, at=timezone.now()))


def describe(invited: Invited) -> str:
    """`2 contacts added`, and of those that were not, how many for which reason."""
    number = len(invited.added)
    added = f"{number} contact{'' if number == 1 else 's'} added"
    refused = Counter(refusal.code for refusal in invited.refused)
    reasons = " ".join(f"{count} not added: {REASONS[code]}" for code, count in sorted(refused.items()))
    return f"{added}. {reasons}" if reasons else added
