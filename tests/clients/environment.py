"""A virtual environment of their own for the official clients: none of what they need is known to Vouch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.embedded.home import home

CHECKOUT = Path(settings.BASE_DIR)
LOCK = CHECKOUT / "requirements-clients.lock"
# What installers say when they get no answer at all, rather than an answer that will not do.
UNREACHABLE = ("error sending request", "dns error", "Could not connect", "Connection refused", "NewConnectionError")


def python_with_clients() -> Path:
    """The interpreter of that environment, installed from the lock where it is not; skips without a package index."""
    folder = home() / "clients"
    python, stamp = folder / "bin" / "python", folder / ".requirements-clients.lock.stamp"
    if not (stamp.exists() and stamp.read_bytes() == LOCK.read_bytes()):
        shutil.rmtree(folder, ignore_errors=True)
        for command in installing(folder, python):
            run(command)
        shutil.copy(LOCK, stamp)
    return python


def installing(folder: Path, python: Path) -> list[list[str]]:
    """With the uv that `run` sets up, else with pip."""
    uv = CHECKOUT / ".boot" / "bin" / "uv"
    if uv.exists():
        return [
            [str(uv), "venv", "-q", "--python", sys.executable, str(folder)],
            [str(uv), "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", str(LOCK)],
        ]
    return [
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK)],
    ]


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and any(words in done.stderr for words in UNREACHABLE):
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
