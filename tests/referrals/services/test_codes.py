"""Codes that a tenant gives and changes."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from events.models import Event
from referrals.errors import CodeTaken
from referrals.models import Code
from referrals.services.codes import change_code, give_code
from tests.cast import NOON


def last_event() -> tuple[str, dict]:
    event = Event.objects.latest("id")
    return event.kind, event.data


def test_code_is_given_beside_those_there_are(alice):
    given = give_code(alice, "SUMMER", kind="coupon", discount_rate=Decimal("0.2"), at=NOON, actor="key:k")

    assert (given.is_default, alice.codes.count()) == (False, 2)
    assert last_event() == ("code.added", {"code": "SUMMER", "form": "coupon", "actor": "key:k"})


def test_spelling_in_use_is_refused(alice):
    with pytest.raises(CodeTaken):
        give_code(alice, "alice", at=NOON)

    assert alice.codes.count() == 1


def test_code_has_one_discount(alice):
    with pytest.raises(ValidationError):
        give_code(alice, "SUMMER", discount_rate=Decimal("0.2"), discount_amount=500, at=NOON)

    assert alice.codes.count() == 1


def test_change_is_told_before_and_after_and_nothing_twice(alice):
    given = give_code(alice, "SUMMER", at=NOON)
    told = Event.objects.count()

    change_code(given, at=NOON, is_active=False, is_default=True)
    change_code(given, at=NOON, is_active=False, is_default=True)

    states = {"before": {"is_active": True, "is_default": False}, "after": {"is_active": False, "is_default": True}}
    assert last_event() == ("code.updated", {"code": "SUMMER", "form": "link", "actor": "system", **states})
    assert Event.objects.count() == told + 1
    assert list(Code.objects.filter(member=alice, is_default=True).values_list("code", flat=True)) == ["SUMMER"]
