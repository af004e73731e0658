import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from credits.services.maturation import mature_pending


class Command(BaseCommand):
    help = (
        'Mature the rewards that are due, now or as of an instant; prints {"matured": n}. Beat calls the same service.'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=_instant, help="ISO 8601; without an offset it is UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        matured = mature_pending(at=options["at"] or timezone.now(), seconds=float("inf"))
        self.stdout.write(json.dumps({"matured": matured}))


def _instant(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError as error:
        raise CommandError(f"--at: {error}") from error
    if found is None:
        raise CommandError(f"--at: {text!r} is not an ISO 8601 instant such as 2026-07-01T00:00:00Z")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
