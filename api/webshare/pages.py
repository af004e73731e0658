"""Pages of credits: counted, and in the order of ids found, by blocks of ids; else by walking there."""

from functools import partial
from typing import Any

from django.core.paginator import Page, PageNotAnInteger, Paginator
from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.views import APIView

from api.callers import caller_of
from api.webshare.base import Pages
from api.webshare.counts import EVERYBODY, NO_CHANNEL, Wanted, find_place
from api.webshare.filters import CreditFilter
from credits.models import Reward

COUNTED = {"mode", "status", "referral_channel"}
NEWEST_FIRST = {"-id": True, "id": False}
FURTHEST = 2**62


class CreditPaginator(Paginator):  # type: ignore[type-arg]  # it is generic for the type checker alone
    """Knows which credits it counts, and whether they come in the order of ids."""

    object_list: QuerySet[Reward]

    def __init__(self, rewards: QuerySet[Reward], per_page: int, *, wanted: Wanted) -> None:
        super().__init__(rewards, per_page)
        self.wanted = wanted
        self.newest_first = NEWEST_FIRST.get(str(next(iter(rewards.query.order_by), "")))

    @property
    def count(self) -> int:
        if "count" not in self.__dict__:
            self.__dict__["count"] = find_place(self.wanted, offset=0, limit=0).total
        known: int = self.__dict__["count"]
        return known

    def page(self, number: int | str) -> "Page[Reward]":
        if self.newest_first is None:
            return self._walk(self.validate_number(number))
        offset = min(max(0, self._as_number(number) - 1) * self.per_page, FURTHEST)
        place = find_place(self.wanted, offset=offset, limit=self.per_page, newest_first=self.newest_first)
        self.__dict__["count"] = place.total
        number = self.validate_number(number)
        within = Q(pk__in=[])
        for lower, upper in place.spans:
            within |= Q(pk__gte=lower, pk__lt=upper)
        rows = self.object_list.filter(within)
        return Page(rows[place.skip : place.skip + self.per_page], number, self)

    def _walk(self, number: int) -> "Page[Reward]":
        """The keys are all that an order's own index holds; the rest is fetched of the rows that are shown."""
        offset = (number - 1) * self.per_page
        ids = list(self.object_list.values_list("pk", flat=True)[offset : offset + self.per_page])
        found = {reward.pk: reward for reward in self.object_list.order_by().filter(pk__in=ids)}
        return Page([found[pk] for pk in ids if pk in found], number, self)

    def _as_number(self, number: int | str) -> int:
        try:
            return int(number)
        except ValueError as error:
            raise PageNotAnInteger from error


class CreditPages(Pages):
    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        wanted = wanted_of(request, view)
        if wanted:
            self.django_paginator_class = partial(CreditPaginator, wanted=wanted)  # type: ignore[assignment]
        return super().paginate_queryset(queryset, request, view)


def wanted_of(request: Request, view: Any) -> Wanted | None:
    """What the parameters, which are known to be in order, ask for; None for what is not counted."""
    asked, person = request.query_params, view.subject
    others = set(CreditFilter.base_filters) - COUNTED  # type: ignore[attr-defined]  # untyped
    if any(asked.get(name) for name in others):
        return None
    channel = asked.get("referral_channel")
    return Wanted(
        tenant_id=caller_of(request).tenant.pk,
        person_id=person.pk if person else EVERYBODY,
        mode=asked.get("mode", ""),
        status=asked.get("status", ""),
        channel_id=None if channel is None else int(channel) if channel.strip() else NO_CHANNEL,
    )
