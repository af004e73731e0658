"""Actions recorded before payments were kept: each is one payment, known by the action's key, of what counted as paid."""

from django.db import migrations

FORWARD = """
WITH earlier AS (
    SELECT a.id, a.tenant_id, a.key, a.amount, a.recorded_at FROM referrals_action a
    WHERE a.kind IN ('invoice', 'checkout') AND NOT EXISTS (SELECT 1 FROM credits_payment p WHERE p.action_id = a.id)
),
made AS (
    INSERT INTO credits_payment (tenant_id, uid, action_id, paid_amount, returned_amount, created_at)
    SELECT tenant_id, gen_random_uuid(), id, amount, 0, recorded_at FROM earlier
    RETURNING id, tenant_id, action_id
)
INSERT INTO credits_paymentname (tenant_id, payment_id, name)
SELECT made.tenant_id, made.id, earlier.key FROM made JOIN earlier ON earlier.id = made.action_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0002_payouts_and_reversals'),
    ]

    operations = [
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
