"""Rules are added, revised into new versions and retired; their terms never change."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from credits.models import TERMS, RewardRule
from credits.services.rules import add_rule, retire_rule, revise_rule
from events.models import Event
from tests.cast import NOON

LATER = NOON + timedelta(hours=1)
SHARE = {"name": "Share", "side": "referrer", "kind": "percentage", "initial_rate": Decimal("0.25")}
BONUS = {"name": "Bonus", "side": "referred", "kind": "fixed", "amount": 500, "currency": "EUR"}


@pytest.fixture
def rule(program) -> RewardRule:
    return add_rule(program, **SHARE, max_per_referred=100_00, at=NOON)


def in_force(program) -> list[str]:
    return [str(rule) for rule in RewardRule.objects.in_force(program)]


def test_new_rule_is_in_force_and_told(program):
    rule = add_rule(program, **BONUS, at=LATER)

    assert (rule.tenant, rule.program, rule.version, rule.created_at) == (program.tenant, program, 1, LATER)
    assert in_force(program)[-1] == "Bonus v1"
    event = Event.objects.get(kind="rule.added", subject=rule.uid)
    assert event.data == {"program": str(program.uid), "version": 1}


INVALID = [
    (SHARE | {"initial_rate": Decimal("1.01")}, "__all__"),
    (SHARE | {"initial_rate": Decimal(0)}, "__all__"),
    (SHARE | {"initial_rate": Decimal("-0.1")}, "__all__"),
    (SHARE | {"initial_rate": None}, "initial_rate"),
    (SHARE | {"initial_rate": Decimal("0.0000001")}, "initial_rate"),
    (SHARE | {"initial_rate": "a quarter"}, "initial_rate"),
    (SHARE | {"ongoing_rate": Decimal("1.01")}, "__all__"),
    (SHARE | {"max_per_referred": 0}, "__all__"),
    (SHARE | {"hold_days": -1}, "hold_days"),
    (SHARE | {"side": "both"}, "side"),
    (SHARE | {"kind": "tiered"}, "kind"),
    (SHARE | {"mode": "cash"}, "mode"),
    (SHARE | {"name": ""}, "name"),
    (BONUS | {"amount": 0}, "__all__"),
    (BONUS | {"amount": -5}, "__all__"),
    (BONUS | {"amount": 10**15 + 1}, "__all__"),
    (BONUS | {"amount": None}, "amount"),
    (BONUS | {"currency": ""}, "__all__"),
    (BONUS | {"currency": "XXXX"}, "currency"),
]


@pytest.mark.parametrize(("terms", "field"), INVALID)
def test_rule_that_says_nothing_sensible_is_refused(program, terms, field):
    with pytest.raises(ValidationError) as caught:
        add_rule(program, **terms, at=NOON)

    assert field in caught.value.message_dict
    assert in_force(program) == ["Referrer: 25% of each payment v1", "Referred: 10.00 USD once v1"]


def test_revision_is_a_new_version_beside_the_old(program, rule):
    second = revise_rule(rule, initial_rate=Decimal("0.3"), at=LATER)

    first = RewardRule.objects.get(pk=rule.pk)
    assert (first.initial_rate, first.retired_at) == (Decimal("0.25"), LATER)
    assert (second.version, second.lineage, second.created_at) == (2, rule.lineage, LATER)
    assert (second.initial_rate, second.max_per_referred, second.name) == (Decimal("0.3"), 100_00, "Share")
    assert in_force(program)[-1] == "Share v2"


def test_revision_tells_both_versions(rule):
    second = revise_rule(rule, initial_rate=Decimal("0.3"), at=LATER)

    told = Event.objects.filter(subject__in=[rule.uid, second.uid]).order_by("id").values_list("kind", "data__version")
    assert list(told) == [("rule.added", 1), ("rule.retired", 1), ("rule.added", 2)]


def test_revision_without_a_change_is_none(rule):
    assert revise_rule(rule, initial_rate=Decimal("0.25"), max_per_referred=100_00, at=LATER) == rule
    assert RewardRule.objects.filter(lineage=rule.lineage).count() == 1


def test_refused_revision_leaves_the_old_version_in_force(program, rule):
    with pytest.raises(ValidationError):
        revise_rule(rule, initial_rate=Decimal(2), at=LATER)

    assert in_force(program)[-1] == "Share v1"


def test_version_that_was_replaced_cannot_be_revised_beside_the_new_one(program, rule):
    revise_rule(rule, initial_rate=Decimal("0.3"), at=LATER)

    with pytest.raises(ValidationError):
        revise_rule(rule, initial_rate=Decimal("0.4"), at=LATER)

    assert in_force(program)[-1] == "Share v2"


def test_retired_rule_comes_back_as_a_new_version(program, rule):
    retire_rule(rule, at=LATER)

    again = revise_rule(rule, initial_rate=Decimal("0.3"), at=LATER)

    assert (again.version, again.retired_at) == (2, None)


def test_retiring_twice_keeps_the_first_time(rule):
    retire_rule(rule, at=NOON)
    retire_rule(rule, at=LATER)

    assert RewardRule.objects.get(pk=rule.pk).retired_at == NOON
    assert Event.objects.filter(kind="rule.retired", subject=rule.uid).count() == 1


CHANGES = {
    "side": "'referred'",
    "kind": "'fixed'",
    "amount": "1",
    "currency": "'USD'",
    "initial_rate": "0.3",
    "ongoing_rate": "0.1",
    "initial_rate_days": "1",
    "max_per_referred": "NULL",
    "once": "true",
    "duration_days": "1",
    "mode": "'payout'",
    "hold_days": "1",
}


def test_changes_name_every_term():
    assert set(CHANGES) == set(TERMS)


@pytest.mark.parametrize(
    ("column", "value"),
    [*CHANGES.items(), ("version", "2"), ("lineage", "gen_random_uuid()"), ("program_id", "program_id + 1")],
)
def test_terms_cannot_be_changed_by_sql(rule, column, value):
    before = RewardRule.objects.filter(pk=rule.pk).values().get()

    refusal = pytest.raises(DatabaseError, match="Cannot update rows from credits_rewardrule table")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE credits_rewardrule SET {column} = {value} WHERE id = %s", [rule.pk])

    assert RewardRule.objects.filter(pk=rule.pk).values().get() == before


def test_rule_cannot_be_deleted_by_sql(rule):
    refusal = pytest.raises(DatabaseError, match="Cannot delete rows from credits_rewardrule table")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_rewardrule")

    assert RewardRule.objects.count() == 3


def test_name_and_retirement_are_no_terms(rule):
    RewardRule.objects.filter(pk=rule.pk).update(name="Quarter", retired_at=NOON)

    assert str(RewardRule.objects.get(pk=rule.pk)) == "Quarter v1"
