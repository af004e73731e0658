"""Webshare's official client against `./run demo` as anybody starts it: on servers of its own, with Acme's history."""

import json
from typing import Any

import pytest

from tests.clients.official import Client, step
from tests.config.demo.processes import RunningDemo, free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(request, tmp_path_factory):
    if "slow" not in request.config.option.markexpr:
        pytest.skip("takes minutes: pytest -m slow tests/clients")
    demo = RunningDemo(tmp_path_factory.mktemp("demo") / "home", port=free_port(), bare=False)
    try:
        demo.wait_until_ready(seconds=1800)  # it plays ninety days of history first
        yield demo
    finally:
        status = demo.stop()
    assert status == 0, demo.output


@pytest.fixture
def notes(demo) -> dict[str, Any]:
    """What the demo prints for people: a key of Acme's with every scope, a credit, and a code."""
    return json.loads((demo.home / "demo.json").read_text())


@pytest.fixture(params=["sync", "async"])
def client(request, demo) -> Client:
    return Client(demo.url, request.param)


def test_all_that_a_company_may_ask(client, notes):
    key = {"acme": notes["api_key"]}
    told = client.drive(
        key,
        [
            step("list_credits", by="acme", status="available", ordering="amount", page_size=100),
            step("get_credit", by="acme", id=notes["credit"]),
            step("list_channels", by="acme"),
            step("list_earnouts", by="acme", page_size=100, iterate=True),
            step("get_config", by="acme"),
            step("get_code_info", by="", referral_code=notes["code"].lower()),
        ],
    )
    page, credit, channels, earn_outs, config, code = told

    assert [each.get("error") for each in (page, credit, config, code)] == [None] * 4
    assert {each["status"] for each in page["results"]} == {"available"}
    assert len(page["results"]) == min(100, page["count"]) > 0
    assert [each["amount"] for each in page["results"]] == sorted(each["amount"] for each in page["results"])
    assert (credit["type"], credit["id"]) == ("ReferralCredit", notes["credit"])
    assert {each["type"] for each in channels} == {"ReferralChannel"}
    assert {each["status"] for each in earn_outs} >= {"completed"}
    assert (config["type"], code["type"]) == ("ReferralConfig", "ReferralCodeInfo")
    assert code["referral_code"] == notes["code"]

    (one,) = client.drive(key, [step("get_earnout", by="acme", id=earn_outs[0]["id"])])
    assert one == earn_outs[0]


def test_a_person_of_the_company_changes_what_is_theirs(client, notes):
    key = {"acme": notes["api_key"]}
    (credit,) = client.drive(key, [step("get_credit", by="acme", id=notes["credit"])])
    person = {"by": "acme", "subuser": credit["user_id"]}

    changed, read, unknown, removed, none = client.drive(
        key,
        [
            step("update_config", mode="payout", paypal_payout_email="pay@shop.example", **person),
            step("get_config", **person),
            step("apply_coupon_code", code="NOSUCH", **person),
            step("remove_coupon_code", **person),
            step("get_coupon_code", **person),
        ],
    )

    assert (changed["mode"], changed["paypal_payout_email"]) == ("payout", "pay@shop.example")
    assert (read["id"], read["mode"]) == (changed["id"], "payout")
    assert unknown["body"]["code"][0]["code"] == "not_found"
    assert (removed, none["code"]) == (None, None)
