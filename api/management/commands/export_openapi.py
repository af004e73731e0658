"""Write the OpenAPI document of the native API to where it is committed, or check that it is there as it should be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.native.openapi.document import PLACE, write_document


class Command(BaseCommand):
    help = "Write docs/openapi.json; with --check, fail where it differs from what the code says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        document = write_document()
        if not options["check"]:
            PLACE.write_text(document)
        elif not PLACE.exists() or PLACE.read_text() != document:
            raise CommandError(f"{PLACE.name} is not what the code says. Run ./run manage export_openapi.")
