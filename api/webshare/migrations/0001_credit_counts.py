from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "credit_counts.sql").read_text()
UNDO = """
DROP TRIGGER webshare_reward_inserted ON credits_reward;
DROP TRIGGER webshare_reward_updated ON credits_reward;
DROP TRIGGER webshare_reward_deleted ON credits_reward;
DROP VIEW webshare_credits_counted;
DROP FUNCTION webshare_note_credits, webshare_recount_credits, webshare_credit_scopes;
"""
TENANT = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "related_name": "+",
    "to": "tenants.tenant",
}
COUNTED = [
    ("tenant", models.ForeignKey(**TENANT)),
    ("person_id", models.BigIntegerField()),
    ("block", models.BigIntegerField()),
    ("mode", models.CharField(max_length=7)),
    ("status", models.CharField(max_length=9)),
    ("channel_id", models.BigIntegerField()),
    ("n", models.BigIntegerField()),
]


class Migration(migrations.Migration):
    """Counts of credits by blocks of ids, kept by deltas."""

    initial = True
    dependencies = [
        ("credits", "0002_payouts_and_reversals"),
        ("referrals", "0007_coupons_and_reward_modes"),
        ("tenants", "0003_stripe_api_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("tenant_id", "person_id", "block", "mode", "status", "channel_id"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                *((name, field.clone()) for name, field in COUNTED),
            ],
        ),
        migrations.CreateModel(
            name="CreditDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                *((name, field.clone()) for name, field in COUNTED),
            ],
            options={"indexes": [models.Index(fields=["tenant", "person_id"], name="credit_delta_of")]},
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
