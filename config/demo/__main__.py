"""`./run demo`: from nothing to a seeded, working system in one foreground process tree."""

import argparse
import os
import sys

from config.demo.supervisor import run_demo

HIGHEST_PORT = 65_535


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run demo", description="Run a whole Vouch until Ctrl-C or SIGTERM.")
    parser.add_argument("--port", type=port, default=8000, metavar="N", help="where the web server listens (8000)")
    parser.add_argument("--bare", action="store_true", help="migrations and an admin login, but no data")
    options = parser.parse_args()
    os.environ.setdefault("VOUCH_INSECURE", "1")  # plain HTTP, and secrets that the home makes up
    return run_demo(port=options.port, bare=options.bare)


def port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1 to {HIGHEST_PORT}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
