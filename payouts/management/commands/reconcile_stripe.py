import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from payouts.gateway import Refused, Unclear
from payouts.services.reconciliation import reconcile_tenant
from tenants.models import Tenant


class Command(BaseCommand):
    """Compares one tenant's payouts and inbox with Stripe; exits 1 naming what differs. Beat does it each night."""

    help = "Compare payouts and events with Stripe's own record of them, and fetch events that were never received."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the alias of a tenant with a Stripe API key")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(alias=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        try:
            check = reconcile_tenant(tenant, at=timezone.now())
        except (Refused, Unclear) as error:
            raise CommandError(f"Stripe: {error}") from error
        told = {"payouts": check.payouts, "events": check.events, "fetched": check.fetched}
        self.stdout.write(json.dumps({"ok": check.ok, **told, "differences": check.differences}))
        if not check.ok:
            raise SystemExit(1)
