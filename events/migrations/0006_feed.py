import django.db.models.deletion
from django.db import migrations, models

# What happened before there were numbers gets them in the order of ids; deliveries go on from where they were.
NUMBER = """
INSERT INTO events_feedentry (tenant_id, number, event_id)
SELECT tenant_id, row_number() OVER (PARTITION BY tenant_id ORDER BY id), id FROM events_event ORDER BY id;

UPDATE events_cursor c SET transaction = 0, position = coalesce((
    SELECT max(f.id) FROM events_feedentry f JOIN events_event e ON e.id = f.event_id
    WHERE (e.transaction, e.id) <= (c.transaction, c.position)), 0)
WHERE c.name = 'webhooks';

INSERT INTO events_cursor (name, transaction, position)
SELECT 'feed', e.transaction, e.id FROM events_event e ORDER BY e.transaction DESC, e.id DESC LIMIT 1;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0005_topics_are_rows"),
        ("tenants", "0003_stripe_api_key"),
    ]

    operations = [
        migrations.RenameField(model_name="cursor", old_name="event_id", new_name="position"),
        migrations.CreateModel(
            name="FeedEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entry", to="events.event"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "feed entries",
                "constraints": [models.UniqueConstraint(fields=("tenant", "number"), name="feed_number_once")],
            },
        ),
        migrations.RunSQL(NUMBER, migrations.RunSQL.noop),
    ]
