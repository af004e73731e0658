"""Instants as they are given to commands."""

from datetime import datetime

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def read_instant(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC. Raises CommandError."""
    try:
        found = parse_datetime(text)
    except ValueError as error:
        raise CommandError(f"--at: {error}") from error
    if found is None:
        raise CommandError(f"--at: {text!r} is not an ISO 8601 instant such as 2026-07-01T00:00:00Z")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
