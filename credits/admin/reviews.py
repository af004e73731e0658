"""The review queue."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from credits.admin import bulk, desk
from credits.admin.filters import ClaimFilter, ReasonFilter, StatusFilter
from credits.admin.wording import REVIEW_COLOURS, age, holder, time_left
from credits.models import Review
from credits.models.money import display as money
from referrals.admin.lookups import HELP, by_id, referrals_named
from referrals.admin.wording import risk_name
from tenants.admin.base import ConsoleAdmin, OrderedPaginator, SearchByIndex, display, tag, tags, two_lines


@admin.register(Review)
class ReviewAdmin(SearchByIndex, ConsoleAdmin):
    """Open cases, most money at risk first, then the nearest deadline. A case is decided on its own page, or several
    at once through a page that says what will happen.
    """

    list_display = ["case", "why", "at_risk", "deadline_in", "waiting", "program", "state", "taken_by"]
    list_filter = [StatusFilter, ReasonFilter, ("referral__program", RelatedDropdownFilter), ClaimFilter]
    list_select_related = ("referral__referrer__person", "referral__referred", "referral__program", "claimed_by")
    list_per_page = 25
    list_disable_select_all = True
    list_before_template = "credits/queue_before.html"
    ordering = ("-amount_at_risk", "deadline", "id")  # the index review_queue
    sortable_by = ("at_risk", "deadline_in", "waiting")
    paginator = OrderedPaginator
    search_help_text = HELP
    linked_by = ("referral__id__exact",)
    actions = ["approve_selected", "reject_selected"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        return [name for name in self.list_display if name != "state" or request.GET.get("status")]

    def find(self, term: str) -> list[Q]:
        return [*referrals_named(term, "referral"), *([by_id(term)] if by_id(term) else [])]

    def get_urls(self) -> list[URLPattern]:
        """A decision is a POST of its own. The paths stand before the admin's, which would take them for an id."""
        wrap = self.admin_site.admin_view
        steps = {"claim": desk.claim_case, "release": desk.release_case}
        steps |= {"approve": desk.approve_case, "reject": desk.reject_case}
        return [
            path("next/", wrap(desk.take_next_case), {"model_admin": self}, name="credits_review_next"),
            *(
                path(f"<int:pk>/{name}/", wrap(view), {"model_admin": self}, name=f"credits_review_{name}")
                for name, view in steps.items()
            ),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return desk.show_case(request, object_id, model_admin=self)

    @admin.action(description="Approve", permissions=["change"])
    def approve_selected(self, request: HttpRequest, _queryset: QuerySet[Review]) -> HttpResponse | None:
        return bulk.decide_selected(self, request, bulk.APPROVE)

    @admin.action(description="Reject", permissions=["change"])
    def reject_selected(self, request: HttpRequest, _queryset: QuerySet[Review]) -> HttpResponse | None:
        return bulk.decide_selected(self, request, bulk.REJECT)

    @display(description="Case")
    def case(self, review: Review) -> SafeString:
        referral = review.referral
        return two_lines(referral.referrer.person.display_name, f"brought {referral.referred.display_name}")

    @display(description="Why held")
    def why(self, review: Review) -> SafeString:
        return tags([risk_name(code) for code in review.reasons], "warn")

    @display(description="At risk", ordering="-amount_at_risk")
    def at_risk(self, review: Review) -> str:
        return money(review.amount_at_risk, review.currency)

    @display(description="Hold ends", ordering="deadline")
    def deadline_in(self, review: Review) -> SafeString:
        urgency, text = time_left(review, now=timezone.now())
        return tag(text, {"late": "bad", "soon": "warn"}.get(urgency, ""))

    @display(description="Waiting", ordering="opened_at")
    def waiting(self, review: Review) -> str:
        return age(review, now=timezone.now())

    @display(description="Program")
    def program(self, review: Review) -> str:
        return str(review.referral.program)

    @display(description="Status")
    def state(self, review: Review) -> SafeString:
        return tag(review.get_status_display(), REVIEW_COLOURS[review.status])

    @display(description="Claimed by")
    def taken_by(self, review: Review) -> str:
        return holder(review, now=timezone.now())
