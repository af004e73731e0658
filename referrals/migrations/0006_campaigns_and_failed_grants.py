from django.db import migrations, models

CAMPAIGN = models.Q(("utm_campaign", ""), _negated=True)
IN_ERROR = models.Q(("error", ""), _negated=True)


class Migration(migrations.Migration):
    """Referrals by campaign, and those whose grant failed."""

    dependencies = [("referrals", "0005_touch_counts")]

    operations = [
        migrations.AddIndex(
            "referral",
            models.Index(condition=CAMPAIGN, fields=["tenant", "utm_campaign", "-id"], name="referral_of_campaign"),
        ),
        migrations.AddIndex(
            "referral", models.Index(condition=IN_ERROR, fields=["tenant", "id"], name="referral_in_error")
        ),
    ]
