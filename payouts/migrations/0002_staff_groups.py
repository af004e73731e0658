"""The three groups of staff. They live in the topmost app of the domain, where every model they name is known."""

from django.db import migrations

VIEW_ALL = {
    "tenants": ["tenant", "plan", "usage"],
    "referrals": ["program", "person", "member", "code", "attribution", "referral", "action", "signal", "decision"],
    "credits": ["rewardrule", "reward", "review", "ledgerentry", "bookscheck"],
}
GROUPS = {
    "Reviewer": {"credits": ["change_review"]},
    "Program manager": {
        "referrals": ["add_program", "change_program", "add_code", "change_code", "add_member", "change_member"],
        "credits": ["change_review", "add_rewardrule", "change_rewardrule"],
    },
    "Operator": {
        "tenants": [
            "change_tenant", "add_tenant", "add_apikey", "change_apikey", "view_apikey", "add_domain", "change_domain",
            "delete_domain", "view_domain",
        ],
        "payouts": ["view_stripeevent", "change_stripeevent"],
        "credits": ["view_bookscheck"],
    },
}


def create_groups(apps, schema_editor):
    group_model = apps.get_model("auth", "Group")
    for name, extra in GROUPS.items():
        group, _ = group_model.objects.get_or_create(name=name)
        viewed = [(app, f"view_{model}") for app, models in VIEW_ALL.items() for model in models]
        wanted = viewed + [(app, codename) for app, codenames in extra.items() for codename in codenames]
        group.permissions.set([permission(apps, app, codename) for app, codename in wanted])


def permission(apps, app, codename):
    """The permission of that name. Django makes permissions after all migrations, which is too late for a group."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=codename.split("_", 1)[1]
    )
    name = f"Can {codename.replace('_', ' ')}"
    row, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return row


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0001_initial"),
        ("credits", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
