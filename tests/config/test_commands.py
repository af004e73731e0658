import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from credits.models import RewardRule
from referrals.models import KeyBinding, Program
from tenants.models import ApiKey, Tenant
from tenants.services.keys import authenticate


def run(*arguments: str) -> dict:
    """What the command prints: one JSON object on one line, and nothing else."""
    output = StringIO()
    call_command(*arguments, stdout=output)
    (line,) = output.getvalue().splitlines()
    return json.loads(line)


def test_create_tenant_prints_what_its_engineers_need(db):
    printed = run("create_tenant", "acme", "--name", "Acme", "--hold-days", "14", "--stripe-webhook-secret", "whsec_1")

    tenant = Tenant.objects.get()
    program = Program.objects.get()
    key = ApiKey.objects.get()
    assert printed == {
        "tenant": "acme",
        "program": {"id": str(program.uid), "name": "default"},
        "api_key": {"public_key": key.public_key, "secret_key": printed["api_key"]["secret_key"]},
        "member_token_secret": tenant.member_token_secret,
    }
    assert (tenant.name, tenant.plan_id, tenant.stripe_webhook_secret) == ("Acme", "enterprise", "whsec_1")
    assert (tenant.open_endpoints, tenant.public_attributions) == (False, False)
    assert (program.tenant, program.hold_days) == (tenant, 14)
    assert RewardRule.objects.filter(program=program).count() == 2
    assert key.scopes == ["read", "write", "admin"]
    assert authenticate(secret=printed["api_key"]["secret_key"], at=timezone.now()).tenant == tenant


def test_create_tenant_opens_what_it_is_told_to_open(db):
    run("create_tenant", "acme", "--plan", "free", "--open-endpoints", "--public-attributions")

    tenant = Tenant.objects.get()
    assert (tenant.plan_id, tenant.open_endpoints, tenant.public_attributions) == ("free", True, True)
    assert tenant.stripe_webhook_secret == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["admin"], "reserved"),
        (["Acme!"], "3 to 40"),
        (["acme", "--plan", "gold"], "no plan gold"),
        (["acme", "--hold-days", "-1"], "number of days"),
        (["acme", "--hold-days", "3651"], "number of days"),
        (["acme", "--hold-days", "soon"], "number of days"),
        ([], "alias"),
    ],
)
def test_create_tenant_complains_and_leaves_nothing_behind(db, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        run("create_tenant", *arguments)

    assert not Tenant.objects.exists()


def test_create_tenant_twice_changes_nothing(acme):
    with pytest.raises(CommandError, match="already"):
        run("create_tenant", "acme")

    assert not ApiKey.objects.exists()
    assert not Program.objects.exists()


def test_create_api_key_prints_the_pair(acme):
    printed = run("create_api_key", "acme", "--scope", "read", "--scope", "write")

    key = ApiKey.objects.get()
    assert printed == {"public_key": key.public_key, "secret_key": printed["secret_key"]}
    assert (key.tenant, key.scopes) == (acme, ["read", "write"])
    assert authenticate(public=key.public_key, secret=printed["secret_key"], at=timezone.now()) == key
    assert not KeyBinding.objects.exists()


@pytest.mark.parametrize("code", ["ALICE", "alice"])
def test_create_api_key_binds_it_to_the_person_who_shares_a_code(alice, code):
    printed = run("create_api_key", "acme", "--scope", "read", "--member", code)

    binding = KeyBinding.objects.get()
    assert (binding.api_key.public_key, binding.person) == (printed["public_key"], alice.person)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["initech", "--scope", "read"], "no tenant initech"),
        (["globex", "--scope", "read", "--member", "ALICE"], "globex has no member with the code ALICE"),
        (["acme", "--scope", "read", "--member", "NOBODY"], "acme has no member with the code NOBODY"),
        (["acme", "--scope", "root"], "invalid choice"),
        (["acme"], "--scope"),
    ],
)
def test_create_api_key_complains_and_leaves_nothing_behind(alice, globex, arguments, complaint):
    with pytest.raises(CommandError, match=complaint):
        run("create_api_key", *arguments)

    assert not ApiKey.objects.exists()
