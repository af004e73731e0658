import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tenants.models.tenant import Tenant


class Scope(models.TextChoices):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"  # decides about referrals; implies nothing else


def new_public_key() -> str:
    return str(uuid.uuid4())


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, at: datetime) -> "ApiKeyQuerySet":
        usable = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=at)
        return self.filter(usable, revoked_at__isnull=True, tenant__is_active=True)


class ApiKey(models.Model):
    """A public id and a 256-bit secret, of which only the SHA-256 is kept: with that much entropy, a fast hash does."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True, default="")
    public_key = models.CharField(max_length=64, unique=True, default=new_public_key, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return self.name or self.public_key
