from decimal import Decimal

import pytest
from django.urls import reverse

from credits.admin.rules import describe_limits, describe_terms
from credits.models import RewardRule
from tests.console import make_staff, messages_of, sign_in

LIST = reverse("admin:credits_rewardrule_changelist")
ADD = reverse("admin:credits_rewardrule_add")


@pytest.fixture
def manager(db):
    return sign_in(make_staff("mia", group="Program manager"))


def form(**terms: str) -> dict[str, str]:
    return {
        "name": "A third",
        "side": "referrer",
        "kind": "percentage",
        "mode": "credits",
        "initial_rate": "33",
    } | terms


def change(client, rule: RewardRule, **terms: str):
    return client.post(reverse("admin:credits_rewardrule_change", args=[rule.pk]), form(**terms), follow=True)


def test_a_new_rule_is_written_in_percent_and_whole_units(manager, program):
    response = manager.post(ADD, form(program=str(program.pk), initial_rate="12.5", max_per_referred="80.00"))

    rule = RewardRule.objects.latest("id")
    assert response.status_code == 302
    assert (rule.initial_rate, rule.max_per_referred, rule.version) == (Decimal("0.125"), 80_00, 1)
    assert rule.tenant == program.tenant
    assert (describe_terms(rule), describe_limits(rule)) == (
        "12.5% of each payment, as product credit",
        "at most 80.00 USD per referred person",
    )


def test_amounts_are_in_the_currency_s_own_minor_units(manager, program):
    fixed = {"kind": "fixed", "initial_rate": "", "currency": "JPY", "program": str(program.pk)}

    refused = manager.post(ADD, form(amount="500.50", **fixed))
    assert refused.context["adminform"].errors["amount"] == ["500.50 has more digits than JPY has minor units"]

    manager.post(ADD, form(amount="500", **fixed))
    assert RewardRule.objects.latest("id").amount == 500


@pytest.mark.parametrize(
    ("terms", "field", "error"),
    [
        ({"kind": "fixed", "initial_rate": ""}, "amount", "A fixed rule needs this."),
        ({"initial_rate": ""}, "initial_rate", "A percentage rule needs this."),
        ({"initial_rate": "101"}, "initial_rate", "Ensure this value is less than or equal to 100."),
        ({"currency": "XQQ"}, "currency", "'XQQ' is not an ISO 4217 currency."),
        ({"max_per_referred": "-1"}, "max_per_referred", "Ensure this value is greater than or equal to 0."),
    ],
)
def test_what_cannot_be_a_rule_names_the_field(manager, program, terms, field, error):
    response = manager.post(ADD, form(program=str(program.pk), **terms))

    assert error in response.context["adminform"].errors[field]
    assert RewardRule.objects.count() == 2


def test_editing_makes_a_new_version_and_leaves_the_old_one(manager, program):
    old = RewardRule.objects.get(side="referrer")

    response = change(manager, old, name=old.name, initial_rate="30", max_per_referred="100.00", _continue="1")

    old.refresh_from_db()
    new = RewardRule.objects.get(lineage=old.lineage, retired_at=None)
    assert (old.initial_rate, old.version, old.retired_at is None) == (Decimal("0.250000"), 1, False)
    assert (new.initial_rate, new.max_per_referred, new.version) == (Decimal("0.300000"), 100_00, 2)
    assert response.redirect_chain == [(reverse("admin:credits_rewardrule_change", args=[new.pk]), 302)]


def test_saving_without_a_change_makes_no_version(manager, program):
    rule = RewardRule.objects.get(side="referrer")

    change(manager, rule, name=rule.name, initial_rate="25", max_per_referred="100.00")

    assert RewardRule.objects.filter(lineage=rule.lineage).count() == 1


def test_retiring_is_a_post(manager, program):
    rule = RewardRule.objects.get(side="referrer")
    url = reverse("admin:credits_rewardrule_retire", args=[rule.pk])

    assert manager.get(url).status_code == 405
    response = manager.post(url, follow=True)

    rule.refresh_from_db()
    assert rule.retired_at is not None
    assert messages_of(response) == [f"{rule} is retired: payments from now on earn nothing under it."]


def test_a_retired_version_is_only_read(manager, program):
    rule = RewardRule.objects.get(side="referrer")
    manager.post(reverse("admin:credits_rewardrule_retire", args=[rule.pk]))

    assert (
        "Version 1 is retired"
        in manager.get(reverse("admin:credits_rewardrule_change", args=[rule.pk])).content.decode()
    )
    assert change(manager, rule).status_code == 403


def test_a_reviewer_reads_rules_and_changes_none(desk, program):
    rule = RewardRule.objects.get(side="referrer")

    assert desk.get(reverse("admin:credits_rewardrule_change", args=[rule.pk])).status_code == 200
    assert change(desk, rule, initial_rate="90").status_code == 403
    assert desk.post(reverse("admin:credits_rewardrule_retire", args=[rule.pk])).status_code == 403
    assert desk.post(ADD, form(program=str(program.pk))).status_code == 403
    rule.refresh_from_db()
    assert rule.retired_at is None


def test_the_list_shows_the_rules_of_a_program(manager, program):
    html = manager.get(f"{LIST}?program__id__exact={program.pk}").content.decode()

    assert "25% of each payment, as product credit" in html
    assert "10.00 USD product credit" in html
    assert "first payment only" in html
