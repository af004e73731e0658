"""Taking on a customer."""

import re
from datetime import datetime

from django.db import transaction

from tenants.errors import InvalidAlias, UnknownPlan
from tenants.models import ALIAS_PATTERN, RESERVED_ALIASES, Plan, Tenant
from tenants.models.tenant import new_token_secret


@transaction.atomic
def create_tenant(
    alias: str,
    *,
    name: str = "",
    plan: str = "enterprise",
    at: datetime,
    open_endpoints: bool = False,
    public_attributions: bool = False,
    stripe_webhook_secret: str = "",
    stripe_api_key: str = "",
) -> Tenant:
    """Create a tenant with no program and no key yet. Raises InvalidAlias and UnknownPlan."""
    _check_alias(alias)
    terms = {
        "name": name or alias,
        "plan": _find_plan(plan),
        "open_endpoints": open_endpoints,
        "public_attributions": public_attributions,
        "stripe_webhook_secret": stripe_webhook_secret,
        "stripe_api_key": stripe_api_key,
        "created_at": at,
    }
    tenant, is_new = Tenant.objects.get_or_create(terms, alias=alias)
    if not is_new:
        raise InvalidAlias(f"There is a tenant with the alias {alias} already.")
    return tenant


@transaction.atomic
def renew_token_secret(tenant: Tenant) -> str:
    """Replace the secret that signs tokens of members: those signed with the old one are refused from now on."""
    secret = tenant.member_token_secret = new_token_secret()
    tenant.save(update_fields=["member_token_secret"])
    return secret


def _check_alias(alias: str) -> None:
    if not re.fullmatch(ALIAS_PATTERN, alias) or alias.endswith("\n"):
        raise InvalidAlias("An alias is 3 to 40 of a-z, 0-9 and -.")
    if alias in RESERVED_ALIASES:
        raise InvalidAlias(f"The alias {alias} is reserved: it is part of an API's path.")


def _find_plan(slug: str) -> Plan:
    plan = Plan.objects.filter(slug=slug).first()
    if plan is None:
        raise UnknownPlan(
            f"There is no plan {slug}; there are {', '.join(Plan.objects.values_list('slug', flat=True))}."
        )
    return plan
