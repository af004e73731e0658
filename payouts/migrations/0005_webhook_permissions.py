"""Whoever keeps the system running sees who is told of events, switches endpoints, and sends messages anew."""

from importlib import import_module

from django.db import migrations

permission = import_module("payouts.migrations.0002_staff_groups").permission

ADDED = ["view_webhookendpoint", "change_webhookendpoint", "view_delivery", "change_delivery", "view_attempt"]


def add_permissions(apps, schema_editor):
    operators, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Operator")
    operators.permissions.add(*(permission(apps, "events", codename) for codename in ADDED))


class Migration(migrations.Migration):
    dependencies = [("payouts", "0004_payout_permissions"), ("events", "0002_webhooks")]
    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
