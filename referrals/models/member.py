import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from referrals.models.person import Person
from referrals.models.program import Program
from tenants.models import Tenant


class MemberQuerySet(models.QuerySet["Member"]):
    def for_tenant(self, tenant: Tenant) -> "MemberQuerySet":
        return self.filter(tenant=tenant, removed_at__isnull=True)


class Member(models.Model):
    """A person's enrolment in one program, able to refer. Removing one hides it; its books and decisions stay."""

    class Status(models.TextChoices):
        PRELOADED = "Preloaded"  # added by the tenant, has not been seen yet
        INVITED = "Invited"
        ACTIVATED = "Activated"
        DISABLED = "Disabled"  # may not refer; what they earned stays theirs

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="members")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PRELOADED)
    disabled_reason = models.CharField(max_length=100, blank=True, default="")
    custom_override_url = models.CharField(max_length=2048, blank=True, default="")
    custom_option1_name = models.CharField(max_length=200, blank=True, default="")
    custom_option1_value = models.CharField(max_length=500, blank=True, default="")
    custom_text1_name = models.CharField(max_length=200, blank=True, default="")
    custom_text1_value = models.CharField(max_length=500, blank=True, default="")
    custom_text2_name = models.CharField(max_length=200, blank=True, default="")
    custom_text2_value = models.CharField(max_length=500, blank=True, default="")
    payout_type = models.CharField(max_length=60, blank=True, default="")
    payout_uses_defaults = models.BooleanField(default=True)
    payout_email = models.CharField(max_length=320, blank=True, default="")
    utm_source = models.CharField(max_length=200, blank=True, default="")
    utm_medium = models.CharField(max_length=200, blank=True, default="")
    utm_campaign = models.CharField(max_length=200, blank=True, default="")
    browser_referrer_url = models.CharField(max_length=2048, blank=True, default="")
    last_view_ip = models.GenericIPAddressField(null=True, blank=True)
    email_shares = models.PositiveIntegerField(default=0)
    social_shares = models.PositiveIntegerField(default=0)
    views = models.PositiveIntegerField(default=0)
    activated_at = models.DateTimeField(null=True, blank=True)
    last_active_at = models.DateTimeField(null=True, blank=True)
    first_view_at = models.DateTimeField(null=True, blank=True)
    first_share_at = models.DateTimeField(null=True, blank=True)
    last_share_at = models.DateTimeField(null=True, blank=True)
    first_referral_view_at = models.DateTimeField(null=True, blank=True)
    recruiter_source = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recruiter_assigned = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "person"], name="member_once_a_program")]
        indexes = [models.Index(fields=["tenant", "-created_at", "-id"], name="member_newest")]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def can_refer(self) -> bool:
        return self.status != self.Status.DISABLED and self.removed_at is None


class CodeQuerySet(models.QuerySet["Code"]):
    def for_tenant(self, tenant: Tenant) -> "CodeQuerySet":
        return self.filter(tenant=tenant)

    def spelt(self, code: str) -> "CodeQuerySet":
        return self.annotate(upper_code=Upper("code")).filter(upper_code=code.strip().upper())


class Code(models.Model):
    """A string a member shares. Links and coupons share one namespace, so that a typed code means one thing only."""

    class Kind(models.TextChoices):
        LINK = "link"
        COUPON = "coupon"  # Webshare's channel

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="codes")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(max_length=64)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.LINK)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True, help_text="Switching a code off keeps earlier touches.")
    description = models.CharField(max_length=500, blank=True, default="")
    stripe_promotion_code = models.CharField(
        max_length=100, blank=True, default="", help_text="Stripe's id of the promotion code with this spelling."
    )
    discount_rate = models.DecimalField(
        max_digits=7, decimal_places=6, null=True, blank=True, help_text="What those who use it save: 0.2 is 20%."
    )
    discount_amount = models.BigIntegerField(
        null=True, blank=True, help_text="Or so much, in minor units of the program's currency."
    )
    discount_recurs = models.BooleanField(default=False, help_text="On every payment, not on the first one alone.")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints = [
            # The spelling first: an open request looks a code up before it knows the tenant.
            models.UniqueConstraint(Upper("code"), "tenant", name="code_once_a_tenant"),
            models.UniqueConstraint(fields=["member"], condition=Q(is_default=True), name="one_default_code"),
            models.CheckConstraint(condition=~Q(code=""), name="code_not_blank"),
            models.CheckConstraint(
                condition=(Q(discount_rate__isnull=True) | Q(discount_rate__gt=0, discount_rate__lte=1))
                & (Q(discount_amount__isnull=True) | Q(discount_amount__gt=0, discount_amount__lte=10**15))
                & (Q(discount_rate__isnull=True) | Q(discount_amount__isnull=True)),
                name="code_has_one_discount_in_range",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "stripe_promotion_code"],
                condition=~Q(stripe_promotion_code=""),
                name="code_promotion",
            )
        ]

    def __str__(self) -> str:
        return self.code
