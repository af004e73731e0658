"""How a program pays, and where each person is paid."""

import pytest
from django.core.exceptions import ValidationError

from events.models import Event
from payouts.errors import BadDestination
from payouts.models import PayoutAccount, PayoutMethod
from payouts.services.methods import create_default_methods, create_method, set_account
from tests.cast import NOON
from tests.payouts.cast import DAY, LATER

Kind = PayoutMethod.Kind


def test_the_default_program_pays_credit_each_week_and_by_hand_when_asked(program):
    create_default_methods(program, at=NOON)

    methods = program.payout_methods.values_list("name", "kind", "schedule", "currency", "minimum_amount", "position")
    assert list(methods) == [
        ("Account credit", "stripe_balance", "weekly", "USD", 10_00, 0),
        ("Manual", "manual", "on_request", "USD", 10_00, 1),
    ]


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"currency": "XXY"}, "currency"),
        ({"currency": "CREDITS"}, "currency"),
        ({"kind": "cash"}, "kind"),
        ({"schedule": "hourly"}, "schedule"),
        ({"name": ""}, "name"),
    ],
)
def test_a_method_that_makes_no_sense_is_refused(program, fields, at_fault):
    with pytest.raises(ValidationError) as error:
        create_method(program, at=NOON, **{"name": "Bank", "kind": Kind.STRIPE_TRANSFER, **fields})

    assert list(error.value.message_dict) == [at_fault]


@pytest.mark.parametrize(
    ("kind", "destination"),
    [
        (Kind.STRIPE_TRANSFER, "cus_1"), (Kind.STRIPE_TRANSFER, "acct_"), (Kind.STRIPE_TRANSFER, "acct_1/../2"),
        (Kind.STRIPE_TRANSFER, "acct_1?x=1"), (Kind.STRIPE_BALANCE, "acct_1"), (Kind.MANUAL, "nobody"),
        (Kind.MANUAL, ""), (Kind.STRIPE_TRANSFER, "acct_" + "1" * 300),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_paid_to_is_refused(alice, kind, destination):
    with pytest.raises(BadDestination):
        set_account(alice.person, kind=kind, destination=destination, actor="staff:bob", at=NOON)
    assert PayoutAccount.objects.count() == 0


def test_a_change_is_dated_told_and_kept(alice):
    for destination, at in (("acct_1", NOON), ("acct_2", LATER), ("acct_2", LATER + DAY)):
        set_account(alice.person, kind=Kind.STRIPE_TRANSFER, destination=destination, actor="staff:bob", at=at)

    account = PayoutAccount.objects.get()
    assert (account.destination, account.changed_at) == ("acct_2", LATER)
    told = Event.objects.filter(kind="payout_account.changed").order_by("pk").values_list("data", flat=True)
    assert [(data["before"]["destination"], data["after"]["destination"]) for data in told] == [
        ("", "acct_1"), ("acct_1", "acct_2"),
    ]  # fmt: skip
    assert list(account.history.order_by("pgh_id").values_list("destination", flat=True)) == ["acct_1", "acct_2"]
