from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "block_counts.sql").read_text()
UNDO = """
DROP TRIGGER referral_inserted ON referrals_referral;
DROP TRIGGER referral_deleted ON referrals_referral;
DROP TRIGGER referral_recounted ON referrals_referral;
DROP TRIGGER person_inserted ON referrals_person;
DROP TRIGGER person_deleted ON referrals_person;
DROP TRIGGER person_recounted ON referrals_person;
DROP VIEW referrals_blocks_counted;
DROP FUNCTION referrals_note_referrals, referrals_note_people, referrals_recount_blocks;
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
    ("kind", models.CharField(choices=[("referral", "Referral"), ("person", "Person")], max_length=8)),
    ("owner_id", models.BigIntegerField()),
    ("block", models.BigIntegerField()),
    ("word", models.CharField(max_length=17)),
    ("n", models.BigIntegerField()),
]
KEPT = models.Q(("removed_at__isnull", True))


class Migration(migrations.Migration):
    """Counts of referrals and people by blocks of ids, kept by deltas, and lists in the order of ids."""

    dependencies = [("referrals", "0010_people_by_phone"), ("tenants", "0004_stored_answers")]

    operations = [
        migrations.CreateModel(
            name="BlockCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("tenant_id", "kind", "owner_id", "block", "word"),
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
            name="BlockDelta",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                *((name, field.clone()) for name, field in COUNTED),
            ],
            options={"indexes": [models.Index(fields=["tenant", "kind", "owner_id"], name="block_delta_of")]},
        ),
        migrations.RunSQL(SQL, UNDO),
        migrations.RemoveIndex("referral", "referral_by_referrer_side"),
        migrations.RemoveIndex("referral", "referral_by_referred_side"),
        migrations.AddIndex("referral", models.Index(fields=["referrer", "-id"], name="referral_of_referrer_newest")),
        migrations.AddIndex(
            "referral",
            models.Index(
                condition=KEPT, fields=["tenant", "referrer_moderation", "-id"], name="referral_referrer_side"
            ),
        ),
        migrations.AddIndex(
            "referral",
            models.Index(
                condition=KEPT, fields=["tenant", "referred_moderation", "-id"], name="referral_referred_side"
            ),
        ),
    ]
