"""What a demo prints once it works: where to log in, a key, and lines to paste."""

import shlex
import sys
from contextlib import suppress
from pathlib import Path

from config.demo.notes import Notes

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


def say(text: str) -> None:
    """Print a line. That nobody listens any more must not keep anything from being stopped."""
    with suppress(OSError):
        print(text, file=sys.stdout, flush=True)


def show_summary(notes: Notes, *, url: str, bare: bool, logs: Path, seconds: float) -> None:
    say(f"\nVouch is ready after {seconds:.0f} s.\n")
    say(f"  Console    {url}/admin/")
    say(f"  Login      {notes['login']}")
    say(f"  Password   {notes['password']}")
    if not bare:
        say(f"  API key    {notes['api_key']}    (tenant acme, every scope)")
    say("\nPaste into another terminal:\n")
    for line in suggest_bare_lines(url) if bare else suggest_lines(notes, url):
        say(f"  {line}")
    say(f"\nLogs are in {logs}, mails that went out in {logs.with_name('mail')}. Ctrl-C stops everything.")


def suggest_lines(notes: Notes, url: str) -> list[str]:
    """Five calls that work as they are."""
    token = f"Authorization: Token {notes['api_key']}"
    click = f'{{"code": "{notes["code"]}", "user_agent": "{BROWSER}"}}'
    return [
        _curl("-s", "-H", token, f"{url}/api/v2/referral/credit/?status=pending&ordering=-amount"),
        _curl("-s", "-H", token, f"{url}/api/v2/referral/credit/{notes['credit']}/"),
        _curl("-s", "-H", "Content-Type: application/json", "-d", click, f"{url}/api/v1/referral-attributions"),
        _curl("-s", "-i", f"{url}/r/{notes['code']}"),
        _curl("-s", f"{url}/readyz"),
    ]


def suggest_bare_lines(url: str) -> list[str]:
    return ["./run manage create_tenant acme", _curl("-s", f"{url}/readyz")]


def _curl(*arguments: str) -> str:
    return shlex.join(["curl", *arguments])
