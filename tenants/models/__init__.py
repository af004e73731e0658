from tenants.models.answer import StoredAnswer
from tenants.models.api_key import ApiKey, Scope
from tenants.models.plan import Plan
from tenants.models.tenant import ALIAS_PATTERN, RESERVED_ALIASES, Domain, Tenant
from tenants.models.usage import Usage

__all__ = ["ALIAS_PATTERN", "RESERVED_ALIASES", "ApiKey", "Domain", "Plan", "Scope", "StoredAnswer", "Tenant", "Usage"]
