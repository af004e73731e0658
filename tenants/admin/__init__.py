from tenants.admin import keys, plans, tenants, usage

__all__ = ["keys", "plans", "tenants", "usage"]
