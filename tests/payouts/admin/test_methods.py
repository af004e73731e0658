import pytest
from django.urls import reverse

from payouts.models import PayoutAccount, PayoutMethod
from tests.cast import make_member
from tests.console import make_staff, messages_of, sign_in
from tests.payouts.admin.worlds import make_payout

METHODS = reverse("admin:payouts_payoutmethod_changelist")
ADD = reverse("admin:payouts_payoutmethod_add")
ACCOUNTS = reverse("admin:payouts_payoutaccount_changelist")
ADD_ACCOUNT = reverse("admin:payouts_payoutaccount_add")


@pytest.fixture
def manager(db):
    return sign_in(make_staff("mona", group="Program manager"))


def page_of(row) -> str:
    return reverse(f"admin:payouts_{row._meta.model_name}_change", args=[row.pk])


def filled_in(program, **fields) -> dict[str, object]:
    return {
        "program": program.pk, "name": "Transfer", "kind": "stripe_transfer", "currency": "USD", "schedule": "weekly",
        "minimum_amount": "10.00", "yearly_limit": "", "hold_above": "500", "account_hold_days": 7,
    } | fields  # fmt: skip


def test_adding_a_method_in_the_currency_s_own_units(manager, program):
    manager.post(ADD, filled_in(program))

    method = PayoutMethod.objects.get()
    assert (method.minimum_amount, method.yearly_limit, method.hold_above) == (10_00, None, 500_00)
    assert (method.tenant, method.kind, method.next_run_at.weekday()) == (program.tenant, "stripe_transfer", 0)


@pytest.mark.parametrize(
    ("currency", "typed", "stored"), [("JPY", "1500", 1500), ("KWD", "1.234", 1234), ("USD", "0", 0), ("USD", "", 0)]
)
def test_minor_units_are_the_currency_s(manager, program, currency, typed, stored):
    manager.post(ADD, filled_in(program, currency=currency, minimum_amount=typed, hold_above=""))

    assert PayoutMethod.objects.get().minimum_amount == stored


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": "JPY", "minimum_amount": "1.5"}, "minimum_amount"),
        ({"minimum_amount": "1.001"}, "minimum_amount"),
        ({"minimum_amount": "-1"}, "minimum_amount"),
        ({"hold_above": "9" * 30}, "hold_above"),
        ({"yearly_limit": "x"}, "yearly_limit"),
        ({"currency": "XXXX"}, "currency"),
        ({"currency": "CREDITS"}, "currency"),
        ({"name": ""}, "name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(manager, program, fields, field):
    response = manager.post(ADD, filled_in(program, **fields))

    assert field in response.context["adminform"].form.errors
    assert PayoutMethod.objects.count() == 0


def test_a_name_is_once_in_a_program(manager, program):
    for _ in range(2):
        response = manager.post(ADD, filled_in(program))

    assert response.context["adminform"].form.errors
    assert PayoutMethod.objects.count() == 1


def test_changing_a_method_and_who_did_it(manager, by_hand):
    shown = manager.get(page_of(by_hand)).context["adminform"].form.initial
    assert f"{shown['minimum_amount']}" == "0.00"
    form = {
        "name": "By hand", "is_active": "on", "position": 2, "minimum_amount": "25.50", "yearly_limit": "600",
        "hold_above": "", "account_hold_days": 3, "schedule": "monthly",
    }  # fmt: skip

    manager.post(page_of(by_hand), form)

    by_hand.refresh_from_db()
    assert (by_hand.minimum_amount, by_hand.yearly_limit, by_hand.schedule) == (25_50, 600_00, "monthly")
    assert by_hand.next_run_at.day == 1
    assert by_hand.history.latest("pgh_id").minimum_amount == 25_50


@pytest.mark.django_db(transaction=True)
def test_the_changes_of_a_method_are_on_its_page(manager, by_hand):
    form = filled_in(by_hand.program, name="By hand", minimum_amount="25.50", hold_above="", position=0, is_active="on")
    manager.post(page_of(by_hand), form)

    html = " ".join(manager.get(page_of(by_hand)).content.decode().split())

    assert "Minimum amount: 0.00 USD → <strong>25.50 USD</strong>" in html
    assert "<td>mona</td>" in html


def test_what_payouts_were_made_by_is_not_changed(manager, by_hand):
    form = filled_in(by_hand.program, name="By hand", position=0, is_active="on", currency="EUR", kind="stripe_balance")

    manager.post(page_of(by_hand), form)

    by_hand.refresh_from_db()
    assert (by_hand.currency, by_hand.kind, by_hand.account_hold_days) == ("USD", "manual", 7)


def test_who_may_change_a_method(desk, paula, by_hand):
    for client in (desk, paula):
        assert client.get(page_of(by_hand)).status_code == 200
        assert client.post(page_of(by_hand), {"name": "x"}).status_code == 403
        assert client.get(ADD).status_code == 403


def test_setting_an_account(paula, program):
    person = make_member(program, "dana", code="DANA").person
    form = {"person": person.pk, "kind": "stripe_transfer", "destination": " acct_1 "}

    paula.post(ADD_ACCOUNT, form)

    account = PayoutAccount.objects.get()
    assert (account.destination, account.person, account.changed_at) == ("acct_1", person, None)


def test_changing_an_account_is_noted_and_shown(paula, transfer):
    person = make_payout(transfer, "dana").person
    account = PayoutAccount.objects.get(person=person)

    paula.post(page_of(account), {"destination": "acct_2"})

    account.refresh_from_db()
    assert account.destination == "acct_2"
    assert account.changed_at is not None
    assert "under a minute ago" in paula.get(ACCOUNTS).content.decode()
    assert [row.pk for row in paula.get(f"{ACCOUNTS}?q=acct_2").context["cl"].result_list] == [account.pk]
    assert [row.pk for row in paula.get(f"{ACCOUNTS}?q=dana").context["cl"].result_list] == [account.pk]


def test_an_account_that_leads_nowhere_is_refused(paula, program):
    person = make_member(program, "dana", code="DANA").person

    response = paula.post(
        ADD_ACCOUNT, {"person": person.pk, "kind": "stripe_transfer", "destination": "bank"}, follow=True
    )

    assert messages_of(response) == ["Stripe Connect transfer pays to an id that starts with acct_"]
    assert PayoutAccount.objects.count() == 0


def test_who_may_change_an_account(desk, transfer):
    account = PayoutAccount.objects.get(person=make_payout(transfer, "dana").person)

    assert desk.post(page_of(account), {"destination": "acct_mine"}).status_code == 403
    assert desk.get(ADD_ACCOUNT).status_code == 403
    account.refresh_from_db()
    assert account.destination == "acct_dana"


def test_a_person_s_page_shows_accounts_payouts_and_balances(desk, transfer):
    person = make_payout(transfer, "dana").person

    html = desk.get(reverse("admin:referrals_person_change", args=[person.pk])).content.decode()

    for said in ("acct_dana", "20.00 USD reserved", "20.00 USD", "Statement", "Transfer"):
        assert said in html, said
    assert reverse("admin:referrals_person_statement", args=[person.pk]) in html


def test_lists_of_methods_show_amounts_as_people_write_them(desk, program, by_hand):
    by_hand.minimum_amount = 12_50
    by_hand.save(update_fields=["minimum_amount"])

    assert "12.50 USD" in desk.get(METHODS).content.decode()
