from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tenants.admin.base import ConsoleAdmin, display
from tenants.models import Plan


@admin.register(Plan)
class PlanAdmin(ConsoleAdmin):
    """A change is in force from the next call on."""

    list_display = ["name", "calls_per_minute", "credits_per_day", "credits_per_month", "overage", "price"]
    fields = [
        ("name", "slug"),
        "calls_per_minute",
        ("credits_per_day", "credits_per_month"),
        "price_cents",
        ("overage", "overage_price_cents"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["slug"] if obj else []

    @display(description="A month")
    def price(self, plan: Plan) -> str:
        return f"${plan.price_cents / 100:,.2f}"
