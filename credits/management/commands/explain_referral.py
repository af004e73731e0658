import json
import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from credits.management.instants import read_instant
from credits.services.explaining import Audience, explain_referral
from credits.services.explaining.auditing import audit_explanations
from referrals.models import Referral, Side


class Command(BaseCommand):
    help = (
        "Explain a referral as JSON. With --all, explain every referral and reward to everybody and make every stored "
        "decision again; prints the figures, and exits 1 naming what failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uid", nargs="?", type=uuid.UUID, help="The referral.")
        parser.add_argument("--audience", choices=Audience.values, default=Audience.SUPPORT.value)
        parser.add_argument("--side", choices=Side.values, default=Side.REFERRER.value, help="Which member is told.")
        parser.add_argument("--at", type=read_instant, help="ISO 8601; without an offset it is UTC.")
        parser.add_argument("--all", action="store_true", help="Everything there is.")

    def handle(self, *args: Any, **options: Any) -> None:
        at = options["at"] or timezone.now()
        if options["all"]:
            audit = audit_explanations(at=at)
            self.stdout.write(json.dumps(audit.as_data(), indent=2))
            sys.exit(1 if audit.failures else 0)
        referral = Referral.objects.filter(uid=options["uid"]).first()
        if referral is None:
            raise CommandError("Name a referral there is by its id, or say --all.")
        audience = Audience(options["audience"])
        told = explain_referral(referral, audience=audience, at=at, side=options["side"])
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
