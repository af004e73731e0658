"""The payouts queue."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.admin.filters import CurrencyFilter
from credits.admin.wording import span
from credits.models.money import display as money
from payouts.admin import exports, payout_page, stepping, uploads
from payouts.admin.filters import LeastFilter, MostFilter, RequestedFilter, ViewFilter
from payouts.admin.views import VIEWS, count_views, show_count
from payouts.admin.wording import PAYOUT_COLOURS, describe_method, hold_names
from payouts.models import Payout
from referrals.admin.lookups import by_id, every_tenant, look_up
from tenants.admin.base import ConsoleAdmin, SearchByIndex, display, tag, tags, two_lines


@admin.register(Payout)
class PayoutAdmin(SearchByIndex, ConsoleAdmin):
    """Every payout, newest first. What is done about one is done on its own page, each step confirmed on another."""

    list_display = ["who", "worth", "method_shown", "state", "why", "age"]
    list_filter = [
        ViewFilter,
        ("status", ChoicesDropdownFilter),
        ("method__program", RelatedDropdownFilter),
        ("method", RelatedDropdownFilter),
        ("method__kind", ChoicesDropdownFilter),
        CurrencyFilter,
        LeastFilter,
        MostFilter,
        ("requested_at", RequestedFilter),
    ]
    list_select_related = ("person", "method__program")
    list_disable_select_all = True
    list_before_template = "payouts/queue_before.html"
    ordering = ("-id",)
    sortable_by = ("age",)
    actions = None
    linked_by = ("person__id__exact", "method__id__exact")
    search_help_text = "E-mail or id of a person, id of a payout or at Stripe, or a reference"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A payout is requested: by a run, by a person, or by an API."""
        return False

    def may_run(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payouts.add_payout"))

    def find(self, term: str) -> list[Q]:
        own = by_id(term)
        known = {"tenant__in": every_tenant()}
        by_reference = Q(**known, reference__startswith=term) & ~Q(reference="")
        return [Q(person__in=look_up(term).people), Q(**known, stripe_id=term), by_reference, *([own] if own else [])]

    def get_urls(self) -> list[URLPattern]:
        """The paths stand before the admin's own, which would take them for an id."""
        wrap, mine = self.admin_site.admin_view, {"model_admin": self}
        return [
            path("export/", wrap(exports.export_payouts), mine, name="payouts_payout_export"),
            path("to-pay/", wrap(exports.export_to_pay), mine, name="payouts_payout_to_pay"),
            path("results/", wrap(uploads.upload_results), mine, name="payouts_payout_results"),
            *(
                path(f"<int:pk>/{name}/", wrap(view), mine, name=f"payouts_payout_{name}")
                for name, view in stepping.VIEWS
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts, chosen = count_views(now=timezone.now()), request.GET.get("view", "")
        shown = [(view, label, show_count(counts[view]), counts[view] > 0) for view, label in VIEWS.items()]
        context = {
            "views": shown,
            "chosen_view": chosen,
            "query": request.GET.urlencode(),
            "may_act": self.has_change_permission(request),
        }
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return payout_page.show_payout(request, object_id, model_admin=self)

    @display(description="Person")
    def who(self, payout: Payout) -> SafeString:
        return two_lines(payout.person.display_name, payout.person.email)

    @display(description="Amount")
    def worth(self, payout: Payout) -> str:
        return money(payout.amount, payout.currency)

    @display(description="Method")
    def method_shown(self, payout: Payout) -> SafeString:
        return two_lines(describe_method(payout.method), payout.method.get_kind_display())

    @display(description="Status")
    def state(self, payout: Payout) -> SafeString:
        if payout.returned_amount:
            return tags([payout.get_status_display(), "Came back"], "warn")
        return tag(payout.get_status_display(), PAYOUT_COLOURS[payout.status])

    @display(description="Why")
    def why(self, payout: Payout) -> str:
        """Why it is held, or what went wrong."""
        if payout.status == Payout.Status.HELD:
            return tags(hold_names(payout), "warn")
        return payout.error[:80]

    @display(description="Age", ordering="id")
    def age(self, payout: Payout) -> str:
        return span(timezone.now() - payout.requested_at)
