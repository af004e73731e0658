from django.db import migrations

# name, US cents a month, calls a minute, credits a day, credits a month, overage, US cents per 1,000 beyond
PLANS = [
    ("Free", 0, 5, 500, 2_000, "none", None),
    ("Starter", 900, 15, 5_000, 20_000, "optional", 75),
    ("Growth", 2_900, 45, 25_000, 100_000, "optional", 45),
    ("Pro", 7_900, 120, None, 400_000, "always", 30),
    ("Business", 19_900, 300, None, 1_200_000, "always", 20),
    ("Enterprise", 49_900, 1_000, None, 5_000_000, "always", 12),
]


def create_plans(apps, schema_editor):
    plan = apps.get_model("tenants", "Plan")
    for name, price, minute, day, month, overage, overage_price in PLANS:
        plan.objects.update_or_create(
            slug=name.lower(),
            defaults={
                "name": name,
                "price_cents": price,
                "calls_per_minute": minute,
                "credits_per_day": day,
                "credits_per_month": month,
                "overage": overage,
                "overage_price_cents": overage_price,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunPython(create_plans, migrations.RunPython.noop)]
