"""Issue an API key and print it, once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from referrals.models import Code, KeyBinding, Person
from tenants.models import Scope, Tenant
from tenants.services.keys import IssuedKey, create_key


class Command(BaseCommand):
    help = 'Issue an API key and print it as one JSON object: {"public_key", "secret_key"}.'

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("alias", help="the tenant the key belongs to")
        parser.add_argument("--scope", action="append", choices=Scope.values, required=True, help="may be repeated")
        parser.add_argument("--member", metavar="CODE", help="bind the key to the person who shares this code")
        parser.add_argument("--name", default="", help="what the console calls the key")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> str:
        tenant = find_tenant(options["alias"])
        issued = create_key(tenant, scopes=options["scope"], name=options["name"], at=timezone.now())
        if options["member"]:
            KeyBinding.objects.create(api_key=issued.key, person=find_owner(tenant, options["member"]))
        return json.dumps(describe_key(issued))


def find_tenant(alias: str) -> Tenant:
    tenant = Tenant.objects.filter(alias=alias).first()
    if tenant is None:
        raise CommandError(f"There is no tenant {alias}.")
    return tenant


def find_owner(tenant: Tenant, code: str) -> Person:
    codes = Code.objects.for_tenant(tenant).spelt(code).filter(member__removed_at=None)
    found = codes.select_related("member__person").first()
    if found is None:
        raise CommandError(f"{tenant.alias} has no member with the code {code}.")
    return found.member.person


def describe_key(issued: IssuedKey) -> dict[str, str]:
    return {"public_key": issued.key.public_key, "secret_key": issued.secret}
