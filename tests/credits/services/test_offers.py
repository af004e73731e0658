from decimal import Decimal

from credits.models import RewardRule
from credits.services.offers import offer_of
from credits.services.programs import create_program
from credits.services.rules import add_rule, retire_rule
from referrals.models import Side
from tests.cast import NOON

FIXED, PERCENTAGE = RewardRule.Kind.FIXED, RewardRule.Kind.PERCENTAGE


def test_default_program_offers_its_maximum_and_its_welcome(program):
    assert [offer_of(program, side) for side in (Side.REFERRER, Side.REFERRED)] == [100_00, 10_00]


def test_offer_adds_up_what_has_one_number_and_is_in_force(acme):
    program = create_program(acme, name="other", at=NOON)
    terms = {"side": Side.REFERRER, "at": NOON}
    add_rule(program, name="5.00", kind=FIXED, amount=5_00, currency="USD", **terms)
    add_rule(program, name="10%", kind=PERCENTAGE, initial_rate=Decimal("0.1"), **terms)
    add_rule(program, name="up to 20.00", kind=PERCENTAGE, initial_rate=Decimal("0.2"), max_per_referred=20_00, **terms)
    add_rule(program, name="yen", kind=FIXED, amount=500, currency="JPY", **terms)
    retire_rule(add_rule(program, name="past", kind=FIXED, amount=99_00, currency="USD", **terms), at=NOON)

    assert [offer_of(program, side) for side in (Side.REFERRER, Side.REFERRED)] == [25_00, 0]
