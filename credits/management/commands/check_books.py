import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from credits.services.books import check_books


class Command(BaseCommand):
    help = "Recompute the books; exit 0 when they agree, else 1 with the rows that differ."

    def handle(self, *args: Any, **options: Any) -> None:
        check = check_books(at=timezone.now())
        self.stdout.write(f"{check.rewards} rewards and {check.entries} entries recomputed in {check.seconds:.1f} s")
        for line in check.differences:
            self.stdout.write(line)
        if not check.ok:
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("the books agree"))
