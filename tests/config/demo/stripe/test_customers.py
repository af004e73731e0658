"""Customers, their credit balances, and connected accounts."""

from config.demo.stripe.objects import example
from tests.config.demo.stripe.worlds import refusal, thing_of, types


def test_a_customer_is_whole_listed_and_told_of(v1, fake):
    made = v1.customers.create({"email": "erin@erin.example", "name": "Erin", "metadata": {"user_id": "u_1"}})

    told = made.to_dict()
    assert told.keys() == example("customer").keys()
    assert told == told | {"balance": 0, "currency": None, "metadata": {"user_id": "u_1"}, "name": "Erin"}
    assert v1.customers.retrieve(made.id).to_dict() == told
    assert [customer.id for customer in v1.customers.list({"email": "erin@erin.example"}).data] == [made.id]
    assert [(event["type"], thing_of(event)) for event in fake.take_events()] == [("customer.created", told)]


def test_credit_adds_up_in_each_currency(v1, fake):
    def move(amount, currency):
        asked = {"amount": amount, "currency": currency, "metadata": {"payout": "7"}}
        return v1.customers.balance_transactions.create("cus_dana", asked)

    endings = [move(*asked).ending_balance for asked in ((-500, "usd"), (-200, "eur"), (100, "usd"))]

    customer = v1.customers.retrieve("cus_dana", {"expand": ["invoice_credit_balance"]})
    assert endings == [-500, -200, -400]
    assert (customer.balance, customer.currency) == (-400, "usd")
    assert customer.to_dict()["invoice_credit_balance"] == {"usd": -400, "eur": -200}
    assert "invoice_credit_balance" not in v1.customers.retrieve("cus_dana").to_dict()
    told = fake.take_events()
    assert types(told) == ["customer.updated", "customer.updated"]
    assert told[1]["data"]["previous_attributes"] == {"balance": -500}


def test_movements_of_credit_are_found_again(v1, fake):
    fake.open_customer("cus_erin")
    asked = {"amount": -500, "currency": "usd", "description": "Referral", "metadata": {"payout": "7"}}
    first = v1.customers.balance_transactions.create("cus_dana", asked).to_dict()
    second = v1.customers.balance_transactions.create("cus_dana", asked).to_dict()

    assert first.keys() == example("customer_balance_transaction").keys()
    assert first == first | asked | {"customer": "cus_dana", "type": "adjustment", "ending_balance": -500}
    assert v1.customers.balance_transactions.retrieve("cus_dana", first["id"]).to_dict() == first
    listed = v1.customers.balance_transactions.list("cus_dana").data
    assert [movement.id for movement in listed] == [second["id"], first["id"]]
    assert v1.customers.balance_transactions.list("cus_erin").data == []
    assert refusal(v1.customers.balance_transactions.retrieve, "cus_erin", first["id"])[:2] == (404, "resource_missing")


def test_credit_of_nobody_is_refused(v1):
    asked = {"amount": -500, "currency": "usd"}

    assert refusal(v1.customers.balance_transactions.create, "cus_no", asked) == (404, "resource_missing", "customer")
    assert refusal(v1.customers.balance_transactions.list, "cus_no") == (404, "resource_missing", "customer")
    assert refusal(v1.customers.retrieve, "cus_no") == (404, "resource_missing", "id")


def test_an_account_gets_what_it_asks_for(v1):
    asked = {
        "type": "express",
        "country": "DE",
        "email": "erin@erin.example",
        "business_profile": {"name": "Erin", "url": "https://erin.example"},
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"person": "9"},
    }

    made = v1.accounts.create(asked)

    told = made.to_dict()
    assert told.keys() == example("account").keys()
    assert told == told | {"type": "express", "country": "DE", "metadata": {"person": "9"}}
    assert told["capabilities"] == {"transfers": "active"}
    assert told["business_profile"].keys() == example("account")["business_profile"].keys()
    assert told["business_profile"]["name"] == "Erin"
    assert v1.accounts.retrieve(made.id).to_dict() == told


def test_an_account_is_changed_and_told_of_as_its_own(v1, fake):
    v1.accounts.update("acct_dana", {"metadata": {"person": "9"}})
    v1.accounts.update("acct_dana", {"metadata": {"person": "9"}})

    (event,) = fake.take_events()
    assert (event["type"], event["account"]) == ("account.updated", "acct_dana")
    assert thing_of(event)["metadata"] == {"person": "9"}
    assert refusal(v1.accounts.retrieve, "acct_no") == (404, "resource_missing", "id")


def test_an_account_without_transfers_is_paid_nothing(v1):
    account = v1.accounts.create({"type": "express", "country": "US"}).id
    asked = {"amount": 500, "currency": "usd", "destination": account}
    assert refusal(v1.transfers.create, asked) == (400, "insufficient_capabilities_for_transfer", None)

    v1.accounts.update(account, {"capabilities": {"transfers": {"requested": True}}})
    assert v1.transfers.create(asked).destination == account
