#!/usr/bin/env python
"""Django's command line, on the servers of this home unless DATABASE_URL and REDIS_URL name others."""

import os
import sys

from config.demo.notes import use_noted_stripe
from config.embedded import running_servers
from config.embedded.home import home


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not os.environ.get("DATABASE_URL"):  # the data is this home's
        use_noted_stripe(home())
    with running_servers():
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
