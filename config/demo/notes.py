"""What the processes of a demo tell each other and keep for the next run: one private file in the home."""

import json
import os
from pathlib import Path
from typing import Any

Notes = dict[str, Any]
NAME = "demo.json"
STRIPE_VARIABLE = "VOUCH_STRIPE_API"


def read_notes(home: Path) -> Notes:
    """The notes of this home; empty before the first run."""
    try:
        notes: Notes = json.loads((home / NAME).read_text())
    except FileNotFoundError:
        return {}
    return notes


def write_notes(home: Path, notes: Notes) -> None:
    """Replace the notes in one step. They hold a password and a key, so nobody else may read them."""
    fresh = home / f"{NAME}.new"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(notes, file, indent=1)
    fresh.replace(home / NAME)


def use_noted_stripe(home: Path) -> None:
    """Where the data of this home is a demo's, whoever works on it asks the demo's Stripe, even while that is off."""
    address = read_notes(home).get("stripe_api")
    if address:
        os.environ.setdefault(STRIPE_VARIABLE, address)
