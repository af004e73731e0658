"""Paths whose capitals do not matter."""

import re
from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern


class AnyCasePattern(RoutePattern):
    """A route as `path` takes it, in any capitals; what a `<str:name>` in it stands for stays as it was written."""

    def __init__(self, route: str, name: str | None = None, *, is_endpoint: bool = False) -> None:
        super().__init__(route, name, is_endpoint)
        self.__dict__["regex"] = re.compile(self.regex.pattern, re.IGNORECASE)


def any_case(route: str, view: Callable[..., Any], *, name: str) -> URLPattern:
    return URLPattern(AnyCasePattern(route, name, is_endpoint=True), view, None, name)


def any_case_prefix(route: str, included: tuple[Any, Any, Any]) -> URLResolver:
    """`any_case_prefix("api/", include(...))`"""
    urls, app_name, namespace = included
    return URLResolver(AnyCasePattern(route), urls, None, app_name=app_name, namespace=namespace)
