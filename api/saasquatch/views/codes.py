"""Codes: what one is worth, and using one (contracts/saasquatch.md, section 2)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import Open
from api.saasquatch import schemas
from api.saasquatch.auth import UserCaller, key, key_or_token, require_self
from api.saasquatch.base import OpenView, SaasquatchView
from api.saasquatch.bodies import UserBody, columns_of
from api.saasquatch.errors import NotThere
from api.saasquatch.objects.codes import show_code
from referrals.models import Code, Person
from referrals.services.accounts import apply_code
from referrals.services.referrals import find_code
from referrals.services.registration import find_in_account, register_person
from tenants.models import Tenant


class CodeView(SaasquatchView):
    """The deprecated lookup with a key."""

    permission_classes = [key("read")]

    @extend_schema(operation_id="getCode", responses=schemas.answers(success=200, body=schemas.CODE), deprecated=True)
    def get(self, request: Request, tenant_alias: str, code: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/code/{code}`"""
        return Response(show_code(find_live_code(self.tenant, code)))


class OpenCodeView(OpenView):
    permission_classes = [Open]
    answers_anybody = True

    @extend_schema(operation_id="getOpenCode", responses=schemas.answers(success=200, body=schemas.CODE))
    def get(self, request: Request, tenant_alias: str, code: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/open/code/{referral_code}`: anybody may know what a code is worth."""
        return Response(show_code(find_live_code(self.tenant, code)))


class ApplyCodeView(OpenView):
    permission_classes = [key_or_token("write")]

    @extend_schema(operation_id="applyCode", request=None, responses=schemas.answers(success=200, body=schemas.CODE))
    def post(self, request: Request, tenant_alias: str, code: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/open/code/{code}/account/{accountId}/user/{userId}`: the account was brought in by the
        code's owner. A write token tells of a user that is not known yet.
        """
        require_self(request, (account_id, user_id))
        require_write_token(request)
        found = find_live_code(self.tenant, code)
        apply_code(self._referred(request, account_id, user_id), code, at=timezone.now(), actor=self.actor)
        return Response(show_code(found))

    def _referred(self, request: Request, account_id: str, user_id: str) -> Person:
        person = find_in_account(self.tenant, account_id=account_id, external_id=user_id)
        caller: object = request.user
        if person is None and isinstance(caller, UserCaller):
            return register_from_token(caller)
        if person is None:
            raise NotThere("user")
        return person


def require_write_token(request: Request) -> None:
    """A token that only names its user may read and no more; one that tells of them may write."""
    caller: object = request.user
    if isinstance(caller, UserCaller) and not set(caller.fields) - {"id", "accountId"}:
        raise PermissionDenied("This takes a write token: one that tells of the user.")


def register_from_token(caller: UserCaller) -> Person:
    body = UserBody(data=caller.fields)
    body.is_valid(raise_exception=True)
    told = body.validated_data
    return register_person(
        caller.tenant,
        account_id=told["accountId"],
        external_id=told["id"],
        code=told.get("referralCode") or "",
        at=timezone.now(),
        **columns_of(told),
    ).person


def find_live_code(tenant: Tenant, text: str) -> Code:
    """A code of the tenant's that leads somewhere: not switched off, its owner neither blocked nor disabled."""
    code = find_code(tenant, text)
    owner = code.member.person if code else None
    if code is None or owner is None or not code.is_active or not code.member.can_refer or owner.blocked_at:
        raise NotThere("code")
    return code
