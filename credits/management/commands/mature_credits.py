import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from credits.management.instants import read_instant
from credits.services.maturation import mature_pending


class Command(BaseCommand):
    help = (
        'Mature the rewards that are due, now or as of an instant; prints {"matured": n}. Beat calls the same service.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=read_instant, help="ISO 8601; without an offset it is UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        matured = mature_pending(at=options["at"] or timezone.now(), seconds=float("inf"))
        self.stdout.write(json.dumps({"matured": matured}))
