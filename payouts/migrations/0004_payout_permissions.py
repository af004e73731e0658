"""Who sees payouts, who lets them go, and who says how a program pays. Setting terms and paying are two groups."""

from importlib import import_module

from django.db import migrations

groups = import_module("payouts.migrations.0002_staff_groups")

VIEW = ["view_payout", "view_payoutmethod", "view_payoutaccount"]
ADDED = {
    "Reviewer": VIEW,
    "Program manager": [*VIEW, "add_payoutmethod", "change_payoutmethod"],
    "Operator": [*VIEW, "view_stripecheck"],
    "Payouts": [*VIEW, "add_payout", "change_payout", "add_payoutaccount", "change_payoutaccount", "view_stripecheck"],
}


def add_permissions(apps, schema_editor):
    group_model = apps.get_model("auth", "Group")
    for name, codenames in ADDED.items():
        group, is_new = group_model.objects.get_or_create(name=name)
        seen = [(app, f"view_{model}") for app, models in groups.VIEW_ALL.items() for model in models] if is_new else []
        wanted = seen + [("payouts", codename) for codename in codenames]
        group.permissions.add(*(groups.permission(apps, app, codename) for app, codename in wanted))


class Migration(migrations.Migration):
    dependencies = [("payouts", "0003_payouts_and_reversals")]
    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
