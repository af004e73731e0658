"""What is particular to single resources."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from api.native.ids import id_of
from credits.models import Review, Reward
from credits.services.maturation import mature_pending
from payouts.services.methods import create_method
from referrals.models import Identifier, KeyBinding
from referrals.services.people import note_identifier
from tenants.services.keys import create_key
from tests.cast import NOON, make_member, make_person, make_referral, pay

LATER = NOON + timedelta(days=31)


@pytest.fixture
def earned(alice) -> Reward:
    """Dana paid 100.00, of which Alice has 25.00, available after 30 days."""
    pay(make_referral(alice, "dana"), 100_00)
    assert mature_pending(at=LATER) == 2
    return Reward.objects.get(person=alice.person)


@pytest.fixture
def bound(acme, alice) -> Client:
    """Alice's own key."""
    key = create_key(acme, scopes=["read", "write", "admin"], at=NOON)
    KeyBinding.objects.create(api_key=key.key, person=alice.person)
    return Client(headers={"authorization": f"Bearer {key.secret}"})


def test_balances_are_as_of_any_instant(api, alice, earned):
    path = f"people/{id_of(alice.person)}/balances"

    found = [api.get(f"{path}?as_of={quote(at.isoformat())}").json() for at in (NOON - timedelta(days=1), NOON, LATER)]

    buckets = [[(each["pending"], each["available"]) for each in balances["data"]] for balances in found]
    assert buckets == [[], [(2500, 0)], [(0, 2500)]]
    assert api.get(f"{path}?as_of=yesterday").json()["errors"][0]["field"] == "as_of"


def test_statement_goes_back_from_the_newest_line(api, alice, earned):
    path = f"people/{id_of(alice.person)}/statement?currency=USD"

    first, second = (api.get(f"{path}&limit=1&page={page}").json() for page in (1, 2))

    lines = [(each["data"][0]["kind"], each["data"][0]["after"]["available"]) for each in (first, second)]
    assert (lines, first["total"]) == ([("mature", 2500), ("grant", 0)], 2)
    assert first["data"][0]["reward"] == id_of(earned)
    assert api.get(f"people/{id_of(alice.person)}/statement").json()["errors"][0]["field"] == "currency"


def test_reward_is_given_changed_issued_and_the_next_taken_back(api, acme, program):
    winner = make_person(acme, "winner")
    method = create_method(program, name="By hand", kind="manual", currency="USD", at=NOON)
    body = {"person": id_of(winner), "program": id_of(program), "money": {"amount": 2500, "currency": "USD"}}
    first, second = (api.post("rewards", {**body, "matures_at": "2100-01-01T00:00:00Z"}).json() for _ in range(2))

    changed = api.patch(f"rewards/{first['id']}", {"amount": 2000, "payout_method": id_of(method)}).json()
    payout = api.post(f"rewards/{first['id']}/issue", {"method": id_of(method), "early": True})
    reverted = api.post(f"rewards/{second['id']}/revert", {"reason": "twice"}).json()
    again = api.post(f"rewards/{first['id']}/revert", {})

    assert (changed["money"], changed["payout_method"]) == ({"amount": 2000, "currency": "USD"}, id_of(method))
    assert (payout.status_code, payout.json()["status"], payout.json()["money"]["amount"]) == (201, "completed", 2000)
    assert (reverted["status"], again.status_code, again.json()["code"]) == ("reverted", 409, "not_cancellable")


def test_maturity_names_what_keeps_a_reward(api, alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    path = f"rewards/{id_of(Reward.objects.get(person=alice.person))}"

    told = api.get(f"{path}/maturity?").json()

    assert (told["status"], told["guards"][0]["guard"], len(told["guards"])) == ("pending", "hold", 8)
    assert api.get(f"{path}/explain").json()["reward"] == path.partition("/")[2]


def test_explain_is_told_to_whom_it_says(api, bound, alice):
    referral = make_referral(alice, "dana")
    path = f"/v1/referrals/{id_of(referral)}/explain"

    staff, member = api.get(path.removeprefix("/v1/")).json(), bound.get(f"{path}?audience=auditor").json()

    assert ("risk" in staff, "risk" in member, member["referral"]) == (True, False, id_of(referral))
    assert api.get(f"{path.removeprefix('/v1/')}?audience=press").status_code == 400


def test_case_is_claimed_and_released_with_its_evidence_frozen(api, alice):
    referral = make_referral(alice, "dana")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_shared", at=NOON)
    pay(referral, 100_00)
    review = Review.objects.get()
    path = f"reviews/{id_of(review)}"

    case, claimed, released = api.get(path).json(), api.post(f"{path}/claim").json(), api.post(f"{path}/release").json()

    assert case["evidence"] == review.evidence
    assert (claimed["claimed_by"], released["claimed_by"]) == (f"key:{api.key.public_key}", "")
    assert api.post(f"referrals/{id_of(referral)}/reject", {"reason": "shared card"}).json()["status"] == "rejected"
    assert api.post(f"{path}/claim").json()["code"] == "not_awaiting_review"


def test_rule_gets_a_new_version_and_the_old_one_stays_as_it_is(api, program):
    rule = api.get("reward-rules?side=referred").json()["data"][0]

    changed = api.patch(f"reward-rules/{rule['id']}", {"amount": 2000}).json()

    old = api.get(f"reward-rules/{rule['id']}").json()
    assert (changed["version"], changed["amount"], changed["lineage"]) == (2, 2000, rule["lineage"])
    assert (old["amount"], old["retired_at"] is None, changed["id"] == rule["id"]) == (1000, False, False)
    assert [each["id"] for each in api.get("reward-rules?side=referred&retired=false").json()["data"]] == [
        changed["id"]
    ]


def test_bound_key_sees_its_own_and_nobody_else(bound, alice, program, earned):
    make_referral(make_member(program, "zoe"), "finn")

    seen = {name: bound.get(f"/v1/{name}") for name in ("people", "members", "codes", "referrals", "rewards", "keys")}
    lists = {name: len(answer.json()["data"]) for name, answer in seen.items() if answer.status_code == 200}
    referral = bound.get("/v1/referrals").json()["data"][0]["id"]

    assert lists == {"people": 1, "members": 1, "codes": 1, "referrals": 1, "rewards": 1}
    assert (seen["keys"].status_code, bound.get(f"/v1/referrals/{referral}?expand=referred").status_code) == (403, 400)
    assert bound.post("/v1/people", {}, content_type="application/json").status_code == 403


def test_touch_is_recorded_once_a_device_and_hidden(api, alice):
    body = {"code": "alice", "ip_address": "198.51.100.7", "user_agent": "Mozilla/5.0 (iPhone)", "utm_campaign": "june"}

    first, again = api.post("attributions", body), api.post("attributions", body)
    path = f"attributions/{first.json()['id']}"
    hidden = api("delete", path)

    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert (hidden.status_code, api.get(path).status_code) == (204, 404)
    assert api.post("attributions", {**body, "code": "NOBODY"}).json()["code"] == "unknown_code"


def test_action_of_one_id_counts_once(api, alice):
    referral = make_referral(alice, "dana", at=timezone.now())
    body = {"referral": id_of(referral), "money": {"amount": 100_00, "currency": "USD"}}

    answers = [api.post("actions", {**body, "external_id": "renewal-1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert Reward.objects.count() == 2


def test_usage_counts_the_calls_that_are_answered(api):
    api.get("programs")
    api.get("nothing")

    told = api.get("usage").json()

    assert (told["plan"], told["used_today"], told["used_this_month"]) == ("enterprise", 2, 2)
