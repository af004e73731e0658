from django.db import migrations

MAKE = """
SELECT referrals_attribution_month((date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date)
FROM generate_series(0, 3) n
"""


class Migration(migrations.Migration):
    """The partitions of this month and the next three; beat keeps them ahead from then on."""

    dependencies = [("referrals", "0002_attributions")]
    operations = [migrations.RunSQL(MAKE, migrations.RunSQL.noop)]
