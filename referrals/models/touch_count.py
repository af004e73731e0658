from django.db import models

from tenants.models import Tenant


class TouchCount(models.Model):
    """How many touches stand: of a whole tenant (`code_id` 0) or of one code, ever, or by the time of the touch.

    Written by `fold_touches` alone, and read together with the deltas that are still to be folded, through the view
    `referrals_touches_counted`: on its own it is behind.
    """

    class Span(models.TextChoices):
        EVER = "ever"
        DAY = "day"  # of one code
        HOUR = "hour"  # of a whole tenant

    pk = models.CompositePrimaryKey("tenant_id", "code_id", "span", "starts_at", "status", "is_click")
    tenant = models.ForeignKey(
        Tenant, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    code_id = models.BigIntegerField()
    span = models.CharField(max_length=4, choices=Span.choices)
    starts_at = models.DateTimeField()
    status = models.CharField(max_length=9)
    is_click = models.BooleanField(help_text="A valid click; else a coupon's, a robot's or a preview.")
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.n} {self.status}"


class TouchDelta(models.Model):
    """What one statement changed the counts by: appended by triggers on touches, deleted as it is folded."""

    tenant = models.ForeignKey(Tenant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    code_id = models.BigIntegerField()
    hour = models.DateTimeField()
    status = models.CharField(max_length=9)
    is_click = models.BooleanField()
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.n:+} {self.status}"
