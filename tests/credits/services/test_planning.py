"""Which rules apply to which actions, and what is at risk."""

from datetime import timedelta
from decimal import Decimal

import pytest

from credits.models import Reward, RewardRule
from credits.services.planning import amount_at_risk, plan_grants
from credits.services.rewards import reward_action
from credits.services.rules import add_rule, retire_rule, revise_rule
from referrals.models import Identifier, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_program, make_referral, pay, rewards_of

HOUR = timedelta(hours=1)


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


@pytest.fixture
def held(alice, referral) -> Referral:
    """Both have paid with one card: whatever Dana pays waits for a person."""
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    return referral


def planned(referral):
    return [(each.action.key, str(each.rule), each.amount, each.currency) for each in plan_grants(referral)]


SHARE, BONUS = "Referrer: 25% of each payment v1", "Referred: 10.00 USD once v1"


def test_plan_holds_each_action_under_each_rule_in_order(held):
    pay(held, 200_00, key="in_1")
    pay(held, 300_00, key="in_2")

    assert planned(held) == [
        ("in_1", SHARE, 50_00, "USD"),
        ("in_1", BONUS, 10_00, "USD"),
        ("in_2", SHARE, 50_00, "USD"),
        ("in_2", BONUS, 0, "USD"),
    ]


def test_actions_come_in_the_order_they_happened(held):
    pay(held, 300_00, key="told first", at=NOON + HOUR)
    reward_action(
        held, kind="invoice", key="told late", amount=200_00, currency="USD", occurred_at=NOON, at=NOON + 2 * HOUR
    )

    assert [(key, amount) for key, rule, amount, _ in planned(held) if rule == SHARE] == [
        ("told late", 50_00),
        ("told first", 50_00),
    ]


def test_maximum_is_kept_while_planning_and_in_each_currency(held):
    pay(held, 300_00, key="in_1")
    pay(held, 300_00, key="in_2")
    pay(held, 300_00, key="in_3", currency="EUR")

    assert [(key, amount, currency) for key, rule, amount, currency in planned(held) if rule == SHARE] == [
        ("in_1", 75_00, "USD"),
        ("in_2", 25_00, "USD"),
        ("in_3", 75_00, "EUR"),
    ]


def test_what_was_granted_is_not_planned_again(referral):
    pay(referral, 100_00)

    assert planned(referral) == []


def test_what_was_granted_and_taken_back_is_not_planned_again(referral):
    pay(referral, 100_00)
    Reward.objects.update(status="reverted", reverted_at=NOON)

    assert planned(referral) == []


def test_new_rule_does_not_reach_back(referral, program):
    pay(referral, 100_00, key="in_1")

    add_rule(program, name="Bonus", side="referrer", kind="fixed", amount=500, currency="USD", at=NOON + HOUR)
    pay(referral, 100_00, key="in_2", at=NOON + HOUR)

    assert rewards_of(referral) == [
        ("referrer", 25_00, "pending"),
        ("referrer", 25_00, "pending"),
        ("referrer", 5_00, "pending"),
        ("referred", 10_00, "pending"),
    ]


def test_revised_rule_applies_to_actions_recorded_later(referral):
    pay(referral, 40_00)

    revise_rule(RewardRule.objects.get(side="referrer"), initial_rate=Decimal("0.5"), at=NOON + HOUR)
    pay(referral, 40_00, at=NOON + HOUR)

    amounts = Reward.objects.filter(side="referrer").order_by("id").values_list("amount", "rule__version")
    assert list(amounts) == [(10_00, 1), (20_00, 2)]


def test_held_action_keeps_the_rules_of_its_time(held):
    pay(held, 40_00, key="in_1")
    revise_rule(RewardRule.objects.get(side="referrer"), initial_rate=Decimal("0.5"), at=NOON + HOUR)
    pay(held, 40_00, key="in_2", at=NOON + HOUR)

    assert [(key, rule, amount) for key, rule, amount, _ in planned(held) if "Referrer" in rule] == [
        ("in_1", SHARE, 10_00),
        ("in_2", "Referrer: 25% of each payment v2", 20_00),
    ]


def test_payment_told_late_keeps_the_rules_of_when_it_was_recorded(held):
    revise_rule(RewardRule.objects.get(side="referrer"), initial_rate=Decimal("0.5"), at=NOON + HOUR)
    reward_action(held, kind="invoice", key="in_1", amount=40_00, currency="USD", occurred_at=NOON, at=NOON + 2 * HOUR)

    assert [amount for _, rule, amount, _ in planned(held) if "Referrer" in rule] == [20_00]


def test_maximum_counts_all_versions(referral):
    pay(referral, 360_00)
    revise_rule(RewardRule.objects.get(side="referrer"), initial_rate=Decimal("0.5"), at=NOON + HOUR)

    pay(referral, 360_00, at=NOON + HOUR)

    amounts = Reward.objects.filter(side="referrer").order_by("id").values_list("amount", flat=True)
    assert list(amounts) == [90_00, 10_00]


def test_once_counts_all_versions(referral):
    pay(referral, 100_00)
    revise_rule(RewardRule.objects.get(side="referred"), amount=20_00, at=NOON + HOUR)

    pay(referral, 100_00, at=NOON + HOUR)

    assert [row for row in rewards_of(referral) if row[0] == "referred"] == [("referred", 10_00, "pending")]


def test_retired_rule_earns_no_more(referral):
    retire_rule(RewardRule.objects.get(side="referrer"), at=NOON)

    pay(referral, 100_00)

    assert rewards_of(referral) == [("referred", 10_00, "pending")]


@pytest.mark.parametrize(("before", "version"), [(timedelta(microseconds=1), 1), (timedelta(0), 2)])
def test_at_the_instant_of_a_revision_the_new_version_is_in_force(referral, before, version):
    revise_rule(RewardRule.objects.get(side="referrer"), initial_rate=Decimal("0.5"), at=NOON + HOUR)

    pay(referral, 100_00, at=NOON + HOUR - before)

    assert Reward.objects.get(side="referrer").rule.version == version


def test_rules_of_another_program_do_not_apply(referral, program, acme):
    program.name = "first"
    program.save(update_fields=["name"])
    make_program(acme)

    pay(referral, 100_00)

    assert len(rewards_of(referral)) == 2


def test_sides_can_be_chosen(held):
    pay(held, 100_00)

    assert [each.rule.side for each in plan_grants(held, sides=["referred"])] == ["referred"]
    assert plan_grants(held, sides=[]) == []


def test_amount_at_risk_is_what_approving_would_grant(held):
    pay(held, 100_00)

    assert amount_at_risk(held) == (35_00, "USD")


def test_amounts_at_risk_are_not_added_across_currencies(held):
    pay(held, 100_00)
    pay(held, 300_00, currency="EUR")

    assert amount_at_risk(held) == (75_00, "EUR")


def test_nothing_at_risk_is_nothing_of_the_programs_currency(referral, program):
    program.currency = "EUR"
    program.save(update_fields=["currency"])

    assert amount_at_risk(Referral.objects.get(pk=referral.pk)) == (0, "EUR")
