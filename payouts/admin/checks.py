from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from payouts.models import StripeCheck
from referrals.admin.evidence import pretty_json
from tenants.admin.base import ReadOnlyAdmin, display, section, tag


@admin.register(StripeCheck)
class StripeCheckAdmin(ReadOnlyAdmin):
    """What each night's comparison with Stripe found."""

    list_display = ["ran_at", "tenant", "result", "payouts", "events", "fetched"]
    list_filter = [("tenant", RelatedDropdownFilter), "ok"]
    list_select_related = ("tenant",)
    ordering = ("-id",)
    readonly_fields = ["result", "what_differs"]
    fieldsets = [
        section(None, ("ran_at", "tenant"), "result", ("payouts", "events", "fetched")),
        section("Differences", "what_differs"),
    ]

    @display(description="Result")
    def result(self, check: StripeCheck) -> SafeString:
        if check.ok:
            return tag("Agrees", "good")
        count = len(check.differences)
        return tag(f"{count} difference{'s' * (count != 1)}", "bad")

    @display(description="What differs")
    def what_differs(self, check: StripeCheck) -> str:
        return pretty_json(check.differences) if check.differences else "nothing"
