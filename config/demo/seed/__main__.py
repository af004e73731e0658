"""`python -m config.demo.seed`: give an empty, migrated database the history of Acme."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    _seed()


def _seed() -> None:
    from django.utils import timezone

    from config.demo.access import admit_client, new_webhook_secret
    from config.demo.notes import read_notes, write_notes
    from config.demo.prepare import do_not_wait_for_the_disk
    from config.demo.progress import Progress
    from config.demo.seed.play import count_history, seed
    from config.embedded.home import home

    do_not_wait_for_the_disk()
    notes, at, progress = read_notes(home()), timezone.now(), Progress()
    world = seed(secret=notes.get("webhook_secret") or new_webhook_secret(), at=at, report=progress.show)
    notes = notes | {"webhook_secret": world.secret, "seeded": True}
    write_notes(home(), admit_client(notes, world.tenant, at=at))
    progress.finish(count_history(world.tenant))


if __name__ == "__main__":
    main()
