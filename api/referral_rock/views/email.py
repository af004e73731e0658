"""Who wants no mail (contracts/referral-rock.md, 4.31 to 4.34)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import Query, Shape, Text, needed, read_body, read_query
from api.referral_rock.errors import NotThere, show_message
from referrals.models import EmailSuppression
from referrals.services.outreach.suppressions import suppress_email, suppressed_emails, unsuppress_email

LONGEST = 320
MESSAGE = schemas.shape("Message", schemas.texts("message"))
STOPPED, ALLOWED = "Email Unsubscribed", "Email Removed From Unsubscribe List"


class EmailBody(Shape):
    """Or the address alone, as a JSON string; or in the query."""

    email = needed(Text, max_length=LONGEST)


class EmailQuery(Query):
    email = Text(max_length=LONGEST, help_text="Only this address.")


class EmailParameter(Query):
    email = Text(max_length=LONGEST, help_text="The address, where the body holds none.")


class UnsubscribeView(RockView):
    @extend_schema(
        operation_id="unsubscribeEmail",
        parameters=[EmailParameter],
        request=EmailBody,
        responses=schemas.answers(200, MESSAGE),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/email/unsubscribe`: an address is mailed no more. Doing so again changes nothing."""
        source = EmailSuppression.Source.API
        suppress_email(self.tenant, read_email(request), source=source, at=timezone.now(), actor=self.actor)
        return Response(show_message(STOPPED))


class RemoveUnsubscribeView(RockView):
    @extend_schema(
        operation_id="removeUnsubscribedEmail",
        parameters=[EmailParameter],
        request=EmailBody,
        responses=schemas.answers(200, MESSAGE),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/email/removeunsubscribe`: an address may be mailed again; 404 where it was not kept from it."""
        return self.allow(request)

    @extend_schema(
        operation_id="deleteUnsubscribedEmail",
        parameters=[EmailParameter],
        request=EmailBody,
        responses=schemas.answers(200, MESSAGE),
    )
    def delete(self, request: Request) -> Response:
        """`DELETE /api/email/removeunsubscribe`: the same, with a body."""
        return self.allow(request)

    def allow(self, request: Request) -> Response:
        if not unsuppress_email(self.tenant, read_email(request), at=timezone.now(), actor=self.actor):
            raise NotThere("unsubscribed email")
        return Response(show_message(ALLOWED))


class UnsubscribedView(RockView):
    @extend_schema(
        operation_id="listUnsubscribedEmails",
        parameters=[EmailQuery],
        responses=schemas.answers(200, serializers.ListSerializer(child=serializers.CharField())),
    )
    def get(self, request: Request) -> Response:
        """`GET /api/email/getunsubscribed`: addresses as they were given, oldest first, as a bare array of strings."""
        wanted = read_query(EmailQuery, request).get("email") or ""
        return Response([row.email for row in suppressed_emails(self.tenant, wanted)])


def read_email(request: Request) -> str:
    """The address a call is about. Raises ValidationError where there is none."""
    data: Any = request.data
    if isinstance(data, str):
        data = {"email": data} if data else {}
    if not data:
        data = read_query(EmailParameter, request)
    email: str = read_body(EmailBody, data)["email"]
    return email
