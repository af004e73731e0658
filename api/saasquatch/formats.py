"""How ids and times look (contracts/saasquatch.md, section 0)."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SHAPE = re.compile(r"[0-9a-fA-F]{24}")
# The instants that dates of ours can be compared with, in milliseconds; those beyond mean the same as these.
EARLIEST, LATEST = -62_000_000_000_000, 253_000_000_000_000


def show_id(uid: UUID) -> str:
    """24 hexadecimal digits: the first of our own id, 92 bits of it random."""
    return uid.hex[:24]


def read_id(text: str) -> tuple[UUID, UUID] | None:
    """The range of our ids that a shown id can stand for, for `uid__range`; None for what is no id."""
    if not SHAPE.fullmatch(text):
        return None
    return UUID(hex=text + "0" * 8), UUID(hex=text + "f" * 8)


def show_number_id(number: int, at: datetime) -> str:
    """The same shape for what has a number only: its seconds, then the number."""
    return f"{(at - EPOCH) // timedelta(seconds=1) & 0xFFFFFFFF:08x}{number:016x}"


def show_time(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - EPOCH) // MILLISECOND


def show_time_or_none(at: datetime | None) -> int | None:
    return None if at is None else show_time(at)


def read_time(milliseconds: int) -> datetime:
    return EPOCH + min(max(milliseconds, EARLIEST), LATEST) * MILLISECOND
