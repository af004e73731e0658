import uuid
from typing import Any

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from tenants.models import ApiKey, Tenant


class PersonQuerySet(models.QuerySet["Person"]):
    def for_tenant(self, tenant: Tenant) -> "PersonQuerySet":
        return self.filter(tenant=tenant, removed_at__isnull=True)


class Person(models.Model):
    """Anyone a tenant knows: referrer, referred, or both. Identity lives here and, as comparable marks, in Identifier.

    A person with no external id is one we have only seen through Stripe or by e-mail. Removing one erases who they are;
    their books and decisions stay. A removed person with an external id is one who asked not to be known again.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="people")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(max_length=255, null=True, blank=True, help_text="The tenant's own id.")  # noqa: DJ001
    account_id = models.CharField(max_length=255, blank=True, default="")
    first_name = models.CharField(max_length=200, blank=True, default="")
    last_name = models.CharField(max_length=200, blank=True, default="")
    email = models.CharField(max_length=320, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    date_of_birth = models.DateField(null=True, blank=True)
    address_line1 = models.CharField(max_length=200, blank=True, default="")
    address_line2 = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=200, blank=True, default="")
    region = models.CharField(max_length=200, blank=True, default="")
    country_subdivision = models.CharField(max_length=200, blank=True, default="")
    country = models.CharField(max_length=100, blank=True, default="")
    postal_code = models.CharField(max_length=40, blank=True, default="")
    locale = models.CharField(max_length=20, blank=True, default="")
    image_url = models.CharField(max_length=2048, blank=True, default="")
    first_paid_at = models.DateTimeField(
        null=True, blank=True, help_text="When we first learnt of a payment of theirs."
    )
    first_payment = models.CharField(max_length=255, blank=True, default="", help_text="That payment's natural key.")
    custom_fields: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, blank=True, help_text="What else the tenant tells of them."
    )
    reward_mode = models.CharField(
        max_length=7, blank=True, default="", help_text="What they want rewards to be. Empty: as the rule says."
    )
    blocked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account_id", "external_id"], name="person_external_id_once"),
            models.CheckConstraint(condition=~models.Q(external_id=""), name="person_external_id_not_blank"),
            models.CheckConstraint(
                condition=models.Q(reward_mode__in=["", "credits", "payout"]), name="person_reward_mode_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "external_id"], name="person_external_id"),
            models.Index("tenant", Lower("email"), name="person_email"),
            models.Index(fields=["tenant", "-id"], condition=models.Q(removed_at__isnull=True), name="person_newest"),
            models.Index(fields=["tenant", "phone"], condition=~models.Q(phone=""), name="person_phone"),
            # What a search by the beginning of a word uses.
            models.Index("tenant", OpClass(Lower("email"), "text_pattern_ops"), name="person_email_begins"),
            models.Index("tenant", OpClass(Lower("first_name"), "text_pattern_ops"), name="person_first_begins"),
            models.Index("tenant", OpClass(Lower("last_name"), "text_pattern_ops"), name="person_last_begins"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.external_id or f"person {self.pk}"

    @property
    def public_id(self) -> str:
        """What a dialect calls this person: the tenant's own id where there is one."""
        return self.external_id or str(self.uid)


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    def of(self, person: Person, kind: str) -> "IdentifierQuerySet":
        return self.filter(person=person, kind=kind)


class Identifier(models.Model):
    """One mark by which a person can be recognised. Two people with the same mark are what most risk rules look for."""

    class Kind(models.TextChoices):
        STRIPE_CUSTOMER = "stripe_customer"
        CARD = "card"  # Stripe's card fingerprint
        MAILBOX = "mailbox"  # the e-mail address after its provider's own rules
        NETWORK = "network"  # an IPv4 address or an IPv6 /64
        DEVICE = "device"  # keyed hash of address and user agent

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.CharField(max_length=400)
    first_seen_at = models.DateTimeField(default=timezone.now)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "value", "person"], name="identifier_once_a_person"),
        ]
        indexes = [models.Index(fields=["person", "kind"], name="identifier_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class KeyBinding(models.Model):
    """An API key that acts as one person: it sees that person's own data and nothing else."""

    api_key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="binding")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="key_bindings")

    def __str__(self) -> str:
        return f"{self.api_key} acts as {self.person}"
