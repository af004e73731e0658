"""A Python client made of the document as it is committed, driven against the running application."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from api.native.ids import id_of
from api.native.openapi.document import PLACE
from credits.services.programs import create_default_program
from tenants.services.keys import create_key
from tests.cast import make_tenant

NAME = "vouch_client"
MAKER = Path(sys.executable).parent / "openapi-python-client"


@pytest.fixture(scope="module")
def client_package(tmp_path_factory) -> str:
    """The package, on the path of this module's tests and nowhere else. Nothing of the document is left out of it."""
    place = tmp_path_factory.mktemp("client")
    (place / "config.yml").write_text("post_hooks: []\n")
    asked = ["generate", "--path", PLACE, "--config", place / "config.yml", "--meta", "none"]
    made = subprocess.run([MAKER, *asked, "--output-path", place / NAME], capture_output=True, text=True)
    assert (made.returncode, "Warning" in made.stdout + made.stderr) == (0, False), made.stdout + made.stderr
    sys.path.insert(0, str(place))
    yield NAME
    sys.path.remove(str(place))


@pytest.mark.django_db(transaction=True)
def test_client_enrols_refers_approves_and_lists(live_server, client_package):
    acme = make_tenant("acme")
    program = create_default_program(acme, at=timezone.now())
    key = create_key(acme, scopes=["read", "write", "admin"], at=timezone.now())
    models = importlib.import_module(f"{NAME}.models")
    client = importlib.import_module(f"{NAME}.client").AuthenticatedClient(live_server.url, key.secret)

    def call(tag: str, operation: str, *place: str, **told: Any) -> Any:
        answer = importlib.import_module(f"{NAME}.api.{tag}.{operation}").sync_detailed(*place, client=client, **told)
        assert answer.status_code < 300, answer.content
        return answer.parsed

    alice = models.PersonBodyRequest(external_id="alice", email="alice@alice.example")
    dana = models.PersonBodyRequest(external_id="dana", email="dana@dana.example")
    enrol = models.MemberBodyRequest(program=id_of(program), person=alice, code="ALICE")
    member = call("members", "members_create", body=enrol, idempotency_key="enrol-alice")
    sign_up = models.ReferralBodyRequest(program=id_of(program), referred=dana, code="ALICE")
    referral = call("referrals", "referrals_create", body=sign_up)
    paid = models.ApprovalBodyRequest(money=models.MoneyRequest(amount=100_00, currency="USD"))
    rehearsed = call("referrals", "referrals_approve", referral.id, body=paid, dry_run=True)
    approved = call("referrals", "referrals_approve", referral.id, body=paid, vouch_plan=rehearsed.plan)
    rewards = call("rewards", "rewards_list", referral=referral.id, ordering=models.RewardsListOrdering("id"))

    told = [(reward.side, reward.money.amount, reward.money.currency) for reward in rewards.data]
    assert (member.status, referral.referrer, approved.status) == ("Activated", member.id, "rewarded")
    assert told == [("referrer", 2500, "USD"), ("referred", 1000, "USD")]
    assert sorted(entry["money"]["amount"] for entry in [each.to_dict() for each in rehearsed.entries]) == [1000, 2500]
