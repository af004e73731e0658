"""`python -m config.demo.seed`: give an empty, migrated database the history of Acme."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    _seed()


def _seed() -> None:
    from django.conf import settings
    from django.utils import timezone

    from config.demo.access import admit_client
    from config.demo.notes import read_notes, write_notes
    from config.demo.prepare import do_not_wait_for_the_disk
    from config.demo.progress import Progress
    from config.demo.seed.handover import hand_over
    from config.demo.seed.play import count_history, seed
    from config.demo.stripe_account import StripeAccount
    from config.embedded.home import home

    do_not_wait_for_the_disk()
    notes, at, progress = read_notes(home()), timezone.now(), Progress()
    account = StripeAccount(settings.STRIPE_API, notes["stripe_key"])
    world = seed(
        secret=notes["webhook_secret"],
        stripe_key=account.key,
        at=at,
        report=progress.show,
        hand_over=lambda fake: hand_over(fake, account, at=at),
    )
    write_notes(home(), admit_client(notes | {"seeded": True}, world.tenant, at=at))
    progress.finish(count_history(world.tenant))


if __name__ == "__main__":
    main()
