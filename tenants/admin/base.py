"""What every page of the console has in common. It is the lowest app that has pages, so all others may import it.

Everything of ours is in plain mixins: with `from django.contrib.admin import ModelAdmin, TabularInline, display` below,
the console runs on Django's stock admin.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.decorators import display

if TYPE_CHECKING:  # unfold retypes what it overrides, so types are those of Django's own classes
    from django.contrib.admin import ModelAdmin, TabularInline

    Mixin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin, TabularInline

    Mixin = object

__all__ = [
    "BoundedPaginator", "ConsoleAdmin", "OrderedPaginator", "ReadOnlyAdmin", "ReadOnlyInline", "SearchByIndex",
    "display", "link_to_list", "section", "tag", "tags", "two_lines",
]  # fmt: skip

FOUND = 1000  # rows a search that comes to several conditions shows: the newest
COUNTED = 10_000  # rows a list counts one by one; of more it says so, or what the planner believes


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # no generic at run time
    """Counts no more than 10,001 rows. An unfiltered list longer than that shows the planner's estimate."""

    object_list: "models.QuerySet[Any]"
    template_name = "tenants/pagination.html"
    keeps_order: ClassVar[bool] = False

    @cached_property
    def count(self) -> int:
        counted = self.counted
        if counted <= COUNTED or not self.is_whole_table:
            return counted
        return max(counted, estimate_rows(self.object_list.model))

    @cached_property
    def counted(self) -> int:
        rows = self.object_list if self.keeps_order else self.object_list.order_by()
        return int(rows.select_related(None).values("pk")[: COUNTED + 1].count())

    @property
    def is_whole_table(self) -> bool:
        return not self.object_list.query.where

    @property
    def count_label(self) -> str:
        if self.counted <= COUNTED:
            return f"{self.count:,}"
        return f"about {self.count:,}" if self.is_whole_table else f"more than {COUNTED:,}"


class OrderedPaginator(BoundedPaginator):
    """Counts along the index that the page itself is read by. For a list whose filter selects most of the table."""

    keeps_order = True


def estimate_rows(model: type[models.Model]) -> int:
    """How many rows the planner believes a table has, its partitions included. It costs one look at the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class WHERE relkind = 'r' AND"
            " (oid = to_regclass(%s) OR oid IN (SELECT relid FROM pg_partition_tree(to_regclass(%s))))",
            [model._meta.db_table] * 2,  # noqa: SLF001
        )
        (estimate,) = cursor.fetchone()
    return int(estimate)


Row = str | tuple[str, ...]


def section(title: str | None, *rows: Row, folded: bool = False) -> tuple[str | None, Any]:
    """A part of a page: each row one field or several side by side."""
    return title, {"fields": list(rows), "classes": ["collapse"] if folded else []}


def link_to_list(name: str, text: str, **filters: str | int) -> SafeString:
    """A link to another list of the console, `app_model`, by its address alone: so a page can point upwards."""
    query = urlencode(filters)
    return format_html('<a class="console-link" href="{}?{}">{}</a>', reverse(f"admin:{name}_changelist"), query, text)


def two_lines(first: str, second: str) -> SafeString:
    """A cell with something to tell rows by, and below it, smaller, what goes with it."""
    below = second if second != first else ""
    return format_html('<span class="console-two"><strong>{}</strong><span>{}</span></span>', first, below)


def tag(text: str, colour: str = "") -> SafeString:
    """A word on a ground of colour: `good`, `warn`, `bad`, `info`, or plain."""
    return tags([text], colour)


def tags(texts: list[str], colour: str = "", *, shown: int = 3) -> SafeString:
    """Short texts as tags, the first few of them; pointing at the rest names it."""
    first, rest = texts[:shown], texts[shown:]
    found = [(colour, text, "") for text in first]
    if rest:
        found.append(("", f"+{len(rest)}", ", ".join(rest)))
    joined = format_html_join(
        " ", '<span class="console-tag {}" title="{}">{}</span>', ((c, t, s) for c, s, t in found)
    )
    return format_html('<span class="console-part console-tags">{}</span>', joined)


class QuietChangeList(ChangeList):
    """Says how many rows there are once, below the list."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class ConsoleMixin(Mixin):
    """A list that stays fast on a big table, and rows that nobody deletes: Vouch hides, retires and reverts."""

    may_delete: ClassVar[bool] = False
    list_select_related: ClassVar[bool | list[str] | tuple[str, ...]] = True
    show_full_result_count: ClassVar[bool] = False
    show_facets: ClassVar[ShowFacets] = ShowFacets.NEVER  # each would count the whole table
    list_per_page: ClassVar[int] = 50
    list_max_show_all: ClassVar[int] = 0
    list_fullwidth = True
    list_filter_submit = True
    compressed_fields = True
    sortable_by: ClassVar[list[str] | tuple[str, ...] | None] = ()  # of a big table, only by what an index holds
    paginator: ClassVar[type] = BoundedPaginator
    refusals: ClassVar[tuple[type[Exception], ...]] = ()  # errors of services that are told to the person, not raised
    linked_by: ClassVar[tuple[str, ...]] = ()  # what other pages link to this list by, beside its filters

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QuietChangeList

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in self.linked_by or super().lookup_allowed(lookup, value, request)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except self.refusals as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Write the changed columns alone, so that what a service changed meanwhile stays as it is."""
        columns = {field.name for field in obj._meta.concrete_fields}  # noqa: SLF001
        changed = [name for name in form.changed_data if name in columns]
        obj.save(update_fields=changed if change else None)


class ReadOnlyMixin(Mixin):
    """A page to read. What it shows is written by services, or not at all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SearchByIndex(Mixin):
    """Search by exact, indexed lookups. Subclasses say in `find` which conditions a term comes to.

    Several are joined by UNION, since an OR across tables would read the whole list, and their newest rows are fetched
    first: told only that few rows match, the planner would walk the list's order in search of them.
    """

    search_fields: ClassVar[list[str] | tuple[str, ...]] = ("pk",)  # shows the box; nothing else reads it

    def find(self, term: str) -> list[models.Q]:
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        conditions = self.find(term)
        if len(conditions) == 1:
            return queryset.filter(conditions[0]), False
        rows = self.model.objects.order_by().values_list("pk", flat=True)
        first, *others = (rows.filter(each) for each in conditions)
        return queryset.filter(pk__in=list(first.union(*others).order_by("-pk")[:FOUND])), False


class ConsoleAdmin(ConsoleMixin, ModelAdmin):  # type: ignore[type-arg]
    pass


class ReadOnlyAdmin(ReadOnlyMixin, ConsoleAdmin):
    pass


class ReadOnlyInline(TabularInline):  # type: ignore[type-arg]
    extra = 0
    per_page = 20
    ordering = ("id",)
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
