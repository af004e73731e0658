"""Links by which a member gets in (contracts/referral-rock.md, 4.37 and 4.38)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import Shape, Text, needed, read_body
from api.referral_rock.errors import NotThere
from api.referral_rock.objects.access import access_json
from api.referral_rock.queries import members_by, members_called
from referrals.models import Member
from referrals.services.access import access_urls

KEYS = ("memberId", "referralCode", "emailAddress", "externalId")
SINCE = "@1735689600"  # when the original's page called it deprecated is not known: before 2025


class AccessQuery(Shape):
    memberId = Text(min_length=36, max_length=36)
    referralCode = Text(max_length=50)
    emailAddress = Text(max_length=100)
    externalId = Text(max_length=100)
    expireInMinutes = serializers.IntegerField(default=20, min_value=5, max_value=43_200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(attrs.get(key)) for key in KEYS) != 1:
            raise serializers.ValidationError(f"Give exactly one of {', '.join(KEYS)}.")
        return attrs


class OldAccessQuery(Shape):
    memberQuery = needed(Text, max_length=320, help_text="A member's id, referral code, e-mail address or external id.")
    expireInMinutes = serializers.IntegerField(default=20, min_value=1, max_value=43_200)


class MemberAccessUrlsView(RockView):
    @extend_schema(
        operation_id="createMemberAccessUrls",
        request=AccessQuery,
        responses=schemas.answers(200, schemas.MEMBER_ACCESS_URLS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/memberaccessurls`: of several members that the key can mean, the one added last."""
        told = read_body(AccessQuery, request.data)
        name = next(key for key in KEYS if told.get(key))
        return answer_access(members_by(self.tenant, name, told[name]).first(), told["expireInMinutes"])


class MemberAccessView(RockView):
    @extend_schema(
        operation_id="createMemberAccess",
        request=OldAccessQuery,
        responses=schemas.answers(200, schemas.MEMBER_ACCESS_URLS),
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """`POST /api/memberaccess`: the same for a query that tells no key. Says that it is deprecated."""
        told = read_body(OldAccessQuery, request.data)
        answer = answer_access(members_called(self.tenant, told["memberQuery"]).first(), told["expireInMinutes"])
        answer["Deprecation"] = SINCE
        answer["Link"] = '</api/memberaccessurls>; rel="successor-version"'
        return answer


def answer_access(member: Member | None, minutes: int) -> Response:
    if member is None:
        raise NotThere("member")
    return Response(access_json(access_urls(member, at=timezone.now(), minutes=minutes)))
