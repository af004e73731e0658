from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "credit_counts_of_all.sql").read_text()
ORDERS = """
CREATE INDEX webshare_credit_by_creation ON credits_reward (tenant_id, currency, created_at, id);
CREATE INDEX webshare_credit_by_amount ON credits_reward (tenant_id, currency, amount, id);
"""
UNDO = "DROP INDEX webshare_credit_by_creation, webshare_credit_by_amount;"


class Migration(migrations.Migration):
    """Counts of all credits, also by the status within a person; and the orders by amount and creation."""

    dependencies = [("webshare", "0001_credit_counts"), ("credits", "0006_claims_by_keys")]

    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop), migrations.RunSQL(ORDERS, UNDO)]
