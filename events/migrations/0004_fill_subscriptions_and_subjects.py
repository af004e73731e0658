"""An endpoint without topics heard everything, and says so from now on."""

from django.db import migrations

FILL_SUBSCRIPTIONS = """
INSERT INTO events_subscription (uid, endpoint_id, topic, created_at)
SELECT gen_random_uuid(), e.id, t.topic, e.created_at
FROM events_webhookendpoint e
CROSS JOIN LATERAL unnest(CASE WHEN e.topics = '{}' THEN ARRAY['*']::varchar[] ELSE e.topics END) AS t (topic)
ON CONFLICT DO NOTHING
"""
FILL_SUBJECTS = """
UPDATE events_delivery d SET subject = e.subject
FROM events_event e
WHERE e.id = d.event_id AND d.subject IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0003_subscriptions_and_order")]
    operations = [
        migrations.RunSQL(FILL_SUBSCRIPTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(FILL_SUBJECTS, migrations.RunSQL.noop),
    ]
