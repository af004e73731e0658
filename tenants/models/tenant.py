import secrets

import pghistory
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from encrypted_fields.fields import EncryptedTextField

from tenants.models.plan import Plan

ALIAS_PATTERN = r"^[a-z0-9-]{3,40}$"
RESERVED_ALIASES = frozenset({"admin", "referrals", "referral-attributions"})  # path segments of other dialects


def new_token_secret() -> str:
    return secrets.token_urlsafe(32)


class SecretField(EncryptedTextField):
    """Text that is encrypted at rest. The package stores an empty one as NULL; here it stays empty."""

    def get_prep_value(self, value: str | None) -> str:
        return super().get_prep_value(value) or ""


@pghistory.track(
    model_name="TenantHistory",
    obj_field=pghistory.ObjForeignKey(related_name="history"),
    exclude=["stripe_webhook_secret", "stripe_api_key", "member_token_secret"],
)
class Tenant(models.Model):
    """A customer of Vouch: a company that runs programs. Everything belongs to exactly one tenant."""

    alias = models.CharField(max_length=40, unique=True, validators=[RegexValidator(ALIAS_PATTERN)])
    name = models.CharField(max_length=200)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tenants")
    is_active = models.BooleanField(default=True)
    allow_overage = models.BooleanField(default=False)
    open_endpoints = models.BooleanField(default=False, help_text="Answer SaaSquatch's open/* endpoints.")
    public_attributions = models.BooleanField(
        default=False, help_text="Answer the Attribution service's public reads and writes without a key."
    )
    stripe_webhook_secret = SecretField(blank=True, default="", help_text="Empty: the Stripe endpoint is off.")
    stripe_api_key = SecretField(blank=True, default="", help_text="Carries payouts. Empty: Stripe pays nothing out.")
    stripe_livemode = models.BooleanField(null=True, blank=True, help_text="Refuse events of the other mode.")
    member_token_secret = SecretField(default=new_token_secret)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(alias__regex=ALIAS_PATTERN) & ~models.Q(alias__in=sorted(RESERVED_ALIASES)),
                name="tenant_alias_is_a_free_path_segment",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A host name of a tenant. It tells whose code an open request means when two tenants share one."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")
    host = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.host
