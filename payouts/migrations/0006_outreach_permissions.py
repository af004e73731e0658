"""Whoever handles programs and whoever keeps the system running see who is mailed, and keep mail from an address."""

from importlib import import_module

from django.db import migrations

permission = import_module("payouts.migrations.0002_staff_groups").permission

GROUPS = ["Program manager", "Operator"]
ADDED = ["view_invite", "view_mail", "view_emailsuppression", "add_emailsuppression", "change_emailsuppression"]


def add_permissions(apps, schema_editor):
    for name in GROUPS:
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(permission(apps, "referrals", codename) for codename in ADDED))


class Migration(migrations.Migration):
    dependencies = [("payouts", "0005_webhook_permissions"), ("referrals", "0009_outreach")]
    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
