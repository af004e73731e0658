from django.db import models


class Plan(models.Model):
    """What a tenant may call: a rate a minute, credits a day and a month. One successful call costs one credit."""

    class Overage(models.TextChoices):
        NONE = "none"  # the month's credits are a hard limit
        OPTIONAL = "optional"  # beyond them only where the tenant has enabled it
        ALWAYS = "always"

    slug = models.SlugField(primary_key=True)
    name = models.CharField(max_length=40)
    calls_per_minute = models.PositiveIntegerField()
    credits_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: no daily cap.")
    credits_per_month = models.PositiveIntegerField()
    overage = models.CharField(max_length=10, choices=Overage.choices, default=Overage.NONE)
    price_cents = models.PositiveIntegerField(help_text="US cents a month.")
    overage_price_cents = models.PositiveIntegerField(null=True, blank=True, help_text="US cents per 1,000 credits.")

    class Meta:
        ordering = ["price_cents"]

    def __str__(self) -> str:
        return self.name
