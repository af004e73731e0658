"""Accounts: what they pay, told by the tenant (contracts/saasquatch.md, section 3, Classic)."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.saasquatch import schemas
from api.saasquatch.auth import key
from api.saasquatch.base import SaasquatchView
from api.saasquatch.bodies import AccountBody
from api.saasquatch.errors import NotThere
from api.saasquatch.objects.accounts import show_account
from credits.services.accounts import sync_account
from referrals.services.accounts import find_account


class AccountSyncView(SaasquatchView):
    permission_classes = [key("write")]

    @extend_schema(
        operation_id="upsertAccount",
        request=AccountBody,
        responses=schemas.answers(success=200, body=schemas.ACCOUNT),
    )
    def post(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/accountsync`: the first time an account pays converts its referral."""
        body = AccountBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        subscription = told["subscription"]
        account = sync_account(
            self.tenant,
            told["id"],
            status=subscription["status"],
            interval=subscription.get("billingIntervalType") or "",
            interval_count=subscription.get("billingIntervalValue"),
            value=told.get("minor"),
            currency=told.get("currency") or "USD",
            code=(told.get("referral") or {}).get("code") or "",
            at=timezone.now(),
            actor=self.actor,
        )
        return Response(show_account(account))


class AccountView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(operation_id="getAccount", responses=schemas.answers(success=200, body=schemas.ACCOUNT))
    def get(self, request: Request, tenant_alias: str, account_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/account/{accountId}`: as it was told last."""
        account = find_account(self.tenant, account_id)
        if account is None:
            raise NotThere("account")
        return Response(show_account(account))
