#!/usr/bin/env python
"""Django's command line, on the servers of this home unless DATABASE_URL and REDIS_URL name others."""

import os
import sys

from config.embedded import running_servers


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with running_servers():
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
