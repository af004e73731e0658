from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter

from tenants.admin.base import ReadOnlyAdmin
from tenants.models import Usage


@admin.register(Usage)
class UsageAdmin(ReadOnlyAdmin):
    list_display = ["day", "tenant", "credits"]
    list_filter = [("tenant", RelatedDropdownFilter), ("day", RangeDateFilter)]
    list_select_related = ("tenant",)
    list_display_links = None
    ordering = ("-day", "tenant")
