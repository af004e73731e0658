from datetime import UTC, datetime

import pytest

from api.referral_rock.formats import after, format_amount, read_time, show_amount, show_time

NOON = datetime(2026, 2, 18, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-18T12:00:00Z",
        "2026-02-18T12:00:00.0000000Z",
        "2026-02-18 12:00:00",
        "2026-02-18T14:00:00+02:00",
        "02/18/2026 12:00:00",
        " 2/18/2026 12:00 ",
    ],
)
def test_one_instant_may_be_written_in_many_ways(text):
    assert read_time(text) == NOON


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01", "18/02/2026", "0001-01-01T00:00:00+14:00", "2026"])
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 (whatever it says)
        read_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-18", NOON.replace(day=19, hour=0)),
        ("02/18/2026", NOON.replace(day=19, hour=0)),
        ("2026-02-18T12:00:00Z", NOON.replace(second=1)),
        ("2026-02-18T12:00:00.5Z", NOON.replace(microsecond=500_001)),
        ("9999-12-31", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_end_of_a_range_is_in_it(text, expected):
    assert after(text) == expected


def test_times_have_seven_digits():
    assert show_time(NOON.replace(microsecond=5)) == "2026-02-18T12:00:00.0000050Z"


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "told"),
    [
        (250, "USD", 2.5, "$2.50"),
        (250, "JPY", 250.0, "¥250"),
        (250, "KWD", 0.25, "KWD0.250"),
        (7, "CREDITS", 7.0, "7 CREDITS"),
    ],
)
def test_amounts_are_numbers_of_whole_units(minor, currency, shown, told):
    assert (show_amount(minor, currency), format_amount(minor, currency).replace("\xa0", "")) == (shown, told)


def test_large_amounts_lose_no_cent():
    assert repr(show_amount(999_999_999_999_999, "USD")) == "9999999999999.99"
