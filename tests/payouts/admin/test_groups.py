"""Who may do what about payouts, by group."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

KNOWN = Q(content_type__app_label="payouts")


def rights(name: str) -> set[str]:
    return set(Group.objects.get(name=name).permissions.filter(KNOWN).values_list("codename", flat=True))


SEE = {"view_payout", "view_payoutmethod", "view_payoutaccount"}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("Reviewer", SEE),
        ("Program manager", SEE | {"add_payoutmethod", "change_payoutmethod"}),
        ("Operator", SEE | {"view_stripecheck", "view_stripeevent", "change_stripeevent"}),
        (
            "Payouts",
            SEE | {"add_payout", "change_payout", "add_payoutaccount", "change_payoutaccount", "view_stripecheck"},
        ),
    ],
)
def test_what_each_group_may(db, group, expected):
    assert rights(group) == expected


def test_nobody_both_sets_terms_and_pays(db):
    """Who says how a program pays is not who lets payouts go; nobody deletes."""
    for group in Group.objects.all():
        assert not {"change_payoutmethod", "change_payout"} <= rights(group.name)
    assert not Permission.objects.filter(KNOWN, group__isnull=False, codename__startswith="delete_").exists()


def test_whoever_pays_sees_what_it_is_for(db):
    seen = set(Group.objects.get(name="Payouts").permissions.values_list("codename", flat=True))

    assert {"view_person", "view_reward", "view_ledgerentry", "view_referral", "view_review"} <= seen
    assert "change_review" not in seen
