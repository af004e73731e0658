"""Every route under which an API of ours answers, as the URL configuration has them."""

from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

VERBS = ("get", "post", "put", "patch", "delete")


class Route(NamedTuple):
    """`path` is the pattern from the root, such as `api/v2/referral/credit/<str:pk>/`; `app` the folder it is from."""

    app: str
    path: str
    methods: tuple[str, ...]


def api_routes() -> list[Route]:
    return [route_of(prefix, pattern) for prefix, pattern in patterns_under(get_resolver()) if app_of(pattern)]


def patterns_under(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for each in resolver.url_patterns:
        path = f"{prefix}{each.pattern}"
        found += patterns_under(each, path) if isinstance(each, URLResolver) else [(path, each)]
    return found


def route_of(path: str, pattern: URLPattern) -> Route:
    answered = getattr(pattern.callback, "actions", None) or vars_of(view_of(pattern))
    methods = tuple(verb.upper() for verb in VERBS if verb in answered)
    return Route(app_of(pattern), path, methods)


def app_of(pattern: URLPattern) -> str:
    """The folder under `api/` whose view it leads to; empty where it leads elsewhere."""
    top, _, rest = view_of(pattern).__module__.partition(".")
    return rest.partition(".")[0] if top == "api" else ""


def view_of(pattern: URLPattern) -> Any:
    return getattr(pattern.callback, "cls", pattern.callback)


def vars_of(view: Any) -> set[str]:
    return {verb for verb in VERBS if hasattr(view, verb)}
