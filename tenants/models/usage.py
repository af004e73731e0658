from django.db import models

from tenants.models.tenant import Tenant


class Usage(models.Model):
    """Credits a tenant has used on one UTC day: one for each call answered with a 2xx."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    credits = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        constraints = [models.UniqueConstraint(fields=["tenant", "day"], name="one_usage_row_a_day")]

    def __str__(self) -> str:
        return f"{self.tenant} {self.day}: {self.credits}"
