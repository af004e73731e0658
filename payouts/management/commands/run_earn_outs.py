"""`manage.py run_earn_outs [--tenant ALIAS] [--method UUID] [--at ISO8601] [--all]`"""

import json
import sys
from datetime import datetime
from typing import Any

import click
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from credits.management.instants import read_instant
from payouts.models import PayoutMethod
from payouts.services.candidates import next_payable
from payouts.services.earn_outs import pay_everybody, schedule_next


class Command(BaseCommand):
    """Runs earn-outs by hand with a progress bar on stderr, and prints `{"people": n, "payouts": n}`.

    Without `--all` only the methods whose turn has come; the worker does the same each minute.
    """

    help = "Request a payout for everybody who may have one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="the alias of one tenant")
        parser.add_argument("--method", help="the id of one payout method")
        parser.add_argument("--at", type=read_instant, default=None, help="as of an instant, ISO 8601")
        parser.add_argument("--all", action="store_true", help="also methods whose turn has not come")

    def handle(self, *args: Any, **options: Any) -> str:
        at = options["at"] or timezone.now()
        people = payouts = 0
        for method in chosen_methods(at, options):
            looked_at, requested = self.pay(method, at)
            people, payouts = people + looked_at, payouts + requested
        return json.dumps({"people": people, "payouts": payouts})

    def pay(self, method: PayoutMethod, at: datetime) -> tuple[int, int]:
        people = payouts = 0
        everybody = len(next_payable(method))
        with click.progressbar(length=everybody, label=f"{method.tenant.alias}: {method}", file=sys.stderr) as bar:
            for progress in pay_everybody(method, actor="system", at=at):
                people, payouts = people + progress.people, payouts + progress.payouts
                bar.update(progress.people)
        schedule_next(method, at=at)
        return people, payouts


def chosen_methods(at: datetime, options: dict[str, Any]) -> list[PayoutMethod]:
    is_free = options["all"] or options["method"]
    methods = PayoutMethod.objects.in_force() if is_free else PayoutMethod.objects.due(at)
    if options["tenant"]:
        methods = methods.filter(tenant__alias=options["tenant"])
    if options["method"]:
        methods = methods.filter(uid=options["method"])
    return list(methods.select_related("tenant", "program").order_by("tenant", "position", "pk"))
