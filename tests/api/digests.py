"""What all rows of a tenant come to, so that a test can tell that none was added, changed or taken away."""

from django.apps import apps
from django.db import connection
from django.db.models import Model

from tenants.models import Tenant

OURS = {"tenants", "events", "referrals", "credits", "payouts", "webshare"}
# Rows of these are nobody's own.
OF_NO_TENANT = {"tenants.Plan", "events.Cursor", "credits.BooksCheck"}
# How the rest lead to a tenant: by the row they hang on.
OWNERS = {
    "tenants.Tenant": "id = %s",
    "tenants.TenantHistory": "pgh_obj_id = %s",
    "events.Subscription": "endpoint_id IN (SELECT id FROM events_webhookendpoint WHERE tenant_id = %s)",
    "events.Attempt": "delivery_id IN (SELECT id FROM events_delivery WHERE tenant_id = %s)",
    "referrals.ReferralDetails": "referral_id IN (SELECT id FROM referrals_referral WHERE tenant_id = %s)",
    "referrals.KeyBinding": "api_key_id IN (SELECT id FROM tenants_apikey WHERE tenant_id = %s)",
    "payouts.PayoutItem": "payout_id IN (SELECT id FROM payouts_payout WHERE tenant_id = %s)",
    "payouts.PayoutAttempt": "payout_id IN (SELECT id FROM payouts_payout WHERE tenant_id = %s)",
}


def digest_of(tenant: Tenant) -> dict[str, str]:
    """By model, how many rows of it are the tenant's and a digest of them all."""
    parts = [select_of(model) for model in apps.get_models() if is_ours(model)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [tenant.pk] * len(parts))
        return dict(cursor.fetchall())


def is_ours(model: type[Model]) -> bool:
    return model._meta.app_label in OURS and model._meta.label not in OF_NO_TENANT


def select_of(model: type[Model]) -> str:
    """A model that belongs to a tenant in neither way fails here: say which in this module."""
    label, table = model._meta.label, model._meta.db_table
    has_tenant = any(field.attname == "tenant_id" for field in model._meta.concrete_fields)
    condition = "tenant_id = %s" if has_tenant else OWNERS[label]
    digest = "count(*) || ' ' || coalesce(md5(string_agg(row::text, chr(10) ORDER BY row::text)), '')"
    return f"SELECT '{label}', {digest} FROM {table} AS row WHERE {condition}"
