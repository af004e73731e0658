"""`mature_credits` matures what is due and prints how many, and nothing else."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from credits.models import Reward
from tests.cast import NOON, make_referral, pay


def mature(*arguments) -> str:
    out = StringIO()
    call_command("mature_credits", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def due(alice) -> None:
    """Two rewards, due at noon of 1 July 2026, UTC."""
    pay(make_referral(alice, "dana"), 100_00)


@pytest.mark.parametrize(
    ("at", "matured"),
    [
        ("2026-07-01T12:00:00Z", 2),
        ("2026-07-01T11:59:59.999999Z", 0),
        ("2026-07-01T12:00:00", 2),
        ("2026-07-01 12:00", 2),
        ("2026-07-01T14:00:00+02:00", 2),
        ("2026-07-01T13:59:59+02:00", 0),
        ("2026-07-01", 0),
        ("2026-07-02", 2),
    ],
)
def test_instant_is_iso_8601_and_utc_without_an_offset(due, at, matured):
    assert mature("--at", at) == f'{{"matured": {matured}}}\n'


def test_without_an_instant_it_is_now(due):
    Reward.objects.filter(side="referrer").update(matures_at=timezone.now() + timedelta(hours=1))

    assert mature() == '{"matured": 1}\n'
    assert mature() == '{"matured": 0}\n'


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "12:00", "1751371200"])
def test_what_is_no_instant_is_refused(due, at):
    with pytest.raises(CommandError, match="--at"):
        mature("--at", at)

    assert set(Reward.objects.values_list("status", flat=True)) == {"pending"}


def test_matured_rewards_carry_the_instant_asked_for(due):
    mature("--at", "2026-08-01T00:00:00Z")

    assert set(Reward.objects.values_list("available_at", flat=True)) == {NOON.replace(month=8, day=1, hour=0)}
