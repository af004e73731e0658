import pytest

from tenants.errors import InvalidAlias, UnknownPlan
from tenants.models import Tenant
from tenants.services.tenants import create_tenant, renew_token_secret
from tests.cast import NOON


def test_create_tenant_fills_in_what_is_not_said(db):
    tenant = create_tenant("acme", at=NOON)

    tenant.refresh_from_db()
    assert (tenant.alias, tenant.name, tenant.plan_id, tenant.created_at) == ("acme", "acme", "enterprise", NOON)
    assert (tenant.is_active, tenant.open_endpoints, tenant.public_attributions) == (True, False, False)
    assert tenant.stripe_webhook_secret == ""
    assert len(tenant.member_token_secret) == 43


def test_create_tenant_keeps_what_is_said(db):
    tenant = create_tenant(
        "acme", name="Acme", plan="free", at=NOON, open_endpoints=True, public_attributions=True,
        stripe_webhook_secret="whsec_acme",
    )  # fmt: skip

    tenant.refresh_from_db()
    assert (tenant.name, tenant.plan_id, tenant.open_endpoints, tenant.public_attributions) == (
        "Acme",
        "free",
        True,
        True,
    )
    assert tenant.stripe_webhook_secret == "whsec_acme"


@pytest.mark.parametrize(
    "alias", ["", "ab", "a" * 41, "Acme", "acme_1", "ac me", "acme\n", "admin", "referrals", "referral-attributions"]
)
def test_create_tenant_refuses_an_alias_that_is_no_free_path_segment(db, alias):
    with pytest.raises(InvalidAlias):
        create_tenant(alias, at=NOON)

    assert not Tenant.objects.exists()


def test_create_tenant_refuses_an_alias_that_is_taken(acme):
    with pytest.raises(InvalidAlias, match="There is a tenant with the alias acme already"):
        create_tenant("acme", at=NOON)

    assert Tenant.objects.get() == acme


def test_create_tenant_names_the_plans_there_are(db):
    with pytest.raises(UnknownPlan, match="free, starter, growth, pro, business, enterprise"):
        create_tenant("acme", plan="gold", at=NOON)


def test_renew_token_secret_replaces_it(acme):
    before = acme.member_token_secret

    after = renew_token_secret(acme)

    acme.refresh_from_db()
    assert acme.member_token_secret == after != before
