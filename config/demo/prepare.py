"""Bring the database up to date and see that somebody can log in: what every start of a demo does first."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    do_not_wait_for_the_disk()
    call_command("migrate", verbosity=0, interactive=False)
    _prepare()


def do_not_wait_for_the_disk() -> None:
    """What this process commits may be lost in a crash, and is then made again: not to wait saves half a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")


def _prepare() -> None:
    from django.utils import timezone

    from config.demo.access import admit_administrator, admit_client, keep_stripe_secrets
    from config.demo.notes import read_notes, write_notes
    from config.demo.seed.play import find_acme
    from config.embedded.home import home
    from config.tasks import heartbeat_key
    from tenants.services.redis import client

    client().delete(heartbeat_key())  # one that an earlier run left would pass for a sign of life
    notes = keep_stripe_secrets(admit_administrator(read_notes(home())))
    acme = find_acme()
    notes["seeded"] = acme is not None
    if acme:
        notes = admit_client(notes, acme, at=timezone.now())
    write_notes(home(), notes)


if __name__ == "__main__":
    main()
