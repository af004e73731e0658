"""Take on a customer: tenant, default program and a key with every scope, all or nothing."""

import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from credits.services.programs import create_default_program
from payouts.services.methods import create_default_methods
from tenants.errors import TenantError
from tenants.models import Scope
from tenants.services.keys import create_key
from tenants.services.tenants import create_tenant

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "Create a tenant with its default program and print what its engineers need, as one JSON object."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("alias", help="3 to 40 of a-z, 0-9 and -; it appears in addresses")
        parser.add_argument("--name", default="", help="how the console calls it")
        parser.add_argument("--plan", default="enterprise", help="the slug of a plan")
        parser.add_argument("--hold-days", type=days, default=30, help="how long a reward stays pending")
        parser.add_argument("--open-endpoints", action="store_true", help="answer SaaSquatch's open/* endpoints")
        parser.add_argument(
            "--public-attributions", action="store_true", help="answer the Attribution service's public routes"
        )
        parser.add_argument("--stripe-webhook-secret", default="", metavar="whsec_x")
        parser.add_argument("--stripe-api-key", default="", metavar="sk_x", help="carries payouts")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            return json.dumps(take_on(**options))
        except TenantError as error:
            raise CommandError(str(error)) from error


@transaction.atomic
def take_on(
    *,
    alias: str,
    name: str,
    plan: str,
    hold_days: int,
    open_endpoints: bool,
    public_attributions: bool,
    stripe_webhook_secret: str,
    stripe_api_key: str,
    **_common: Any,
) -> dict[str, Any]:
    now = timezone.now()
    tenant = create_tenant(
        alias,
        name=name,
        plan=plan,
        at=now,
        open_endpoints=open_endpoints,
        public_attributions=public_attributions,
        stripe_webhook_secret=stripe_webhook_secret,
        stripe_api_key=stripe_api_key,
    )
    program = create_default_program(tenant, at=now, hold_days=hold_days)
    create_default_methods(program, at=now)
    key, secret = create_key(tenant, scopes=Scope.values, name="First key", at=now)
    return {
        "tenant": tenant.alias,
        "program": {"id": str(program.uid), "name": program.name},
        "api_key": {"public_key": key.public_key, "secret_key": secret},
        "member_token_secret": tenant.member_token_secret,
    }


def days(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_DAYS:
        raise ArgumentTypeError(f"{text} is not a number of days from 0 to {MOST_DAYS}")
    return int(text)
