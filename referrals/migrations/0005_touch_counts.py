from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "touch_counts.sql").read_text()
UNDO = """
DROP TRIGGER attribution_inserted ON referrals_attribution;
DROP TRIGGER attribution_updated ON referrals_attribution;
DROP TRIGGER attribution_deleted ON referrals_attribution;
DROP VIEW referrals_touches_counted;
DROP FUNCTION referrals_note_touches, referrals_recount_touches, referrals_touch_scopes;
"""
TENANT = {
    "db_constraint": False,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "related_name": "+",
    "to": "tenants.tenant",
}
PAGE = ["tenant", "-occurred_at", "-id"]
PAGE_OF_CODE = ["code", "-occurred_at", "-id"]
WON = models.Q(("status", "confirmed"))


class Migration(migrations.Migration):
    """Counts of touches, kept by deltas, and the order of their lists."""

    dependencies = [("referrals", "0004_accounts_and_removed_people"), ("tenants", "0002_plans")]

    operations = [
        migrations.CreateModel(
            name="TouchCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("tenant_id", "code_id", "span", "starts_at", "status", "is_click"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant", models.ForeignKey(db_index=False, **TENANT)),
                ("code_id", models.BigIntegerField()),
                (
                    "span",
                    models.CharField(choices=[("ever", "Ever"), ("day", "Day"), ("hour", "Hour")], max_length=4),
                ),
                ("starts_at", models.DateTimeField()),
                ("status", models.CharField(max_length=9)),
                (
                    "is_click",
                    models.BooleanField(help_text="A valid click; else a coupon's, a robot's or a preview."),
                ),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="TouchDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant", models.ForeignKey(**TENANT)),
                ("code_id", models.BigIntegerField()),
                ("hour", models.DateTimeField()),
                ("status", models.CharField(max_length=9)),
                ("is_click", models.BooleanField()),
                ("n", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(SQL, UNDO),
        migrations.AddIndex("attribution", models.Index(fields=PAGE, name="attribution_page")),
        migrations.AddIndex("attribution", models.Index(fields=PAGE_OF_CODE, name="attribution_page_of_code")),
        migrations.AddIndex("attribution", models.Index(condition=WON, fields=PAGE, name="attribution_won")),
        migrations.AddIndex(
            "attribution", models.Index(condition=WON, fields=PAGE_OF_CODE, name="attribution_won_by_code")
        ),
        migrations.AddIndex(
            "attribution",
            models.Index(
                condition=models.Q(("new_member__isnull", False)), fields=["new_member"], name="attribution_new_member"
            ),
        ),
        migrations.AddIndex(
            "attribution",
            models.Index(
                condition=models.Q(("utm_campaign", ""), _negated=True),
                fields=["tenant", "utm_campaign", "occurred_at"],
                name="attribution_campaign",
            ),
        ),
    ]
