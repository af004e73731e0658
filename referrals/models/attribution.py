from django.db import models
from django.utils import timezone

from referrals.models.member import Code, Member
from referrals.models.person import Person
from tenants.models import Tenant

ID_SHIFT = 20  # an id is milliseconds since 1970, shifted; partitions are ranges of ids


class AttributionQuerySet(models.QuerySet["Attribution"]):
    def for_tenant(self, tenant: Tenant) -> "AttributionQuerySet":
        return self.filter(tenant=tenant, deleted_at__isnull=True)

    def valid(self) -> "AttributionQuerySet":
        return self.filter(verdict=Attribution.Verdict.VALID)


class Attribution(models.Model):
    """One recorded touch of a code. The table that grows: narrow rows, time-ordered ids, a partition a month.

    Rows are written by SQL in `record_click`. Nothing refers to them by a foreign key, so that a month can be dropped;
    what a decision needs of a touch is frozen in the Decision. `expires_at` is the window of the time of the touch.
    """

    class Kind(models.TextChoices):
        CLICK = "click"
        COUPON = "coupon"

    class Status(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"

    class Verdict(models.TextChoices):
        VALID = "valid"
        BOT = "bot"  # kept, never counted, never wins
        PREFETCH = "prefetch"

    id = models.BigIntegerField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    code = models.ForeignKey(Code, on_delete=models.DO_NOTHING, db_constraint=False, related_name="attributions")
    member = models.ForeignKey(Member, on_delete=models.DO_NOTHING, db_constraint=False, related_name="attributions")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.VALID)
    visitor = models.CharField(max_length=64, blank=True, default="")
    device = models.BigIntegerField()
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=512, blank=True, default="")
    referrer_url = models.CharField(max_length=2048, blank=True, default="")
    landing_path = models.CharField(max_length=2048, blank=True, default="")
    utm_source = models.CharField(max_length=200, blank=True, default="")
    utm_medium = models.CharField(max_length=200, blank=True, default="")
    utm_campaign = models.CharField(max_length=200, blank=True, default="")
    occurred_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    new_member = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects = AttributionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["code", "device", "-id"], name="attribution_repeat"),
            models.Index(fields=["member", "-id"], name="attribution_member"),
            models.Index(fields=["tenant", "-id"], name="attribution_tenant"),
            models.Index(fields=["visitor", "tenant"], condition=~models.Q(visitor=""), name="attribution_visitor"),
            # Pages of lists, by the time of the touch; conversions are few among them.
            models.Index(fields=["tenant", "-occurred_at", "-id"], name="attribution_page"),
            models.Index(fields=["code", "-occurred_at", "-id"], name="attribution_page_of_code"),
            models.Index(
                fields=["tenant", "-occurred_at", "-id"], condition=models.Q(status="confirmed"), name="attribution_won"
            ),
            models.Index(
                fields=["code", "-occurred_at", "-id"],
                condition=models.Q(status="confirmed"),
                name="attribution_won_by_code",
            ),
            models.Index(
                fields=["new_member"], condition=models.Q(new_member__isnull=False), name="attribution_new_member"
            ),
            models.Index(
                fields=["tenant", "utm_campaign", "occurred_at"],
                condition=~models.Q(utm_campaign=""),
                name="attribution_campaign",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        return f"attr_{self.id:x}"
