from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0004_fill_subscriptions_and_subjects")]
    operations = [migrations.RemoveField(model_name="webhookendpoint", name="topics")]
