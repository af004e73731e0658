"""Programs as a tenant gets them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from credits.models import RewardRule
from credits.services.programs import create_default_program, create_program
from events.models import Event
from referrals.models import Program
from tests.cast import NOON


def test_default_program_is_that_of_the_design(acme):
    program = create_default_program(acme, at=NOON, hold_days=14)

    assert (program.name, program.attribution_window_days, program.touch_policy) == ("default", 30, "last")
    assert (program.hold_days, program.monthly_cap, program.lifetime_cap) == (14, None, None)
    assert (program.referrer_moderation, program.referred_moderation) == ("APPROVED", "APPROVED")
    share, bonus = RewardRule.objects.filter(program=program).order_by("id")
    assert (share.side, share.kind, share.initial_rate, share.mode) == (
        "referrer",
        "percentage",
        Decimal("0.25"),
        "credits",
    )
    assert (share.max_per_referred, share.once, share.currency) == (100_00, False, "")
    assert (bonus.side, bonus.kind, bonus.amount, bonus.currency) == ("referred", "fixed", 10_00, "USD")
    assert (bonus.once, bonus.mode, bonus.hold_days) == (True, "credits", None)


def test_program_has_no_rules_of_its_own(acme):
    program = create_program(acme, name="spring", at=NOON, currency="EUR", attribution_window_days=7)

    assert (program.currency, program.attribution_window_days, program.created_at) == ("EUR", 7, NOON)
    assert RewardRule.objects.filter(program=program).count() == 0
    event = Event.objects.get(subject=program.uid)
    assert (event.kind, event.data) == ("program.created", {"name": "spring"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"attribution_window_days": 0}, "attribution_window_days"),
        ({"attribution_window_days": 3651}, "attribution_window_days"),
        ({"hold_days": 3651}, "hold_days"),
        ({"touch_policy": "middle"}, "touch_policy"),
        ({"referrer_moderation": "DENIED"}, "referrer_moderation"),
        ({"risk_level": "custom"}, "__all__"),
        ({"landing_url": "no url"}, "landing_url"),
    ],
)
def test_program_that_cannot_be_is_refused(acme, fields, field):
    with pytest.raises(ValidationError) as caught:
        create_program(acme, **{"name": "spring", "at": NOON} | fields)

    assert field in caught.value.message_dict
    assert Program.objects.count() == 0


def test_names_are_unique_within_a_tenant(acme, globex):
    create_program(acme, name="spring", at=NOON)
    create_program(globex, name="spring", at=NOON)

    with pytest.raises(ValidationError):
        create_program(acme, name="spring", at=NOON)
