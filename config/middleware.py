"""What every request passes on its way in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from config.history import history_context

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_unstorable_text(get_response: Handler) -> Handler:
    """Refuse NUL in a path or query: PostgreSQL cannot hold it, so no filter on it can have an answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        raw = request.META.get("QUERY_STRING", "") + request.path
        if "\x00" in raw or "%00" in raw:
            return HttpResponseBadRequest("The request holds a NUL character.", content_type="text/plain")
        return get_response(request)

    return middleware


def record_history_context(get_response: Handler) -> Handler:
    """Note who is at work beside every row of history that a console request writes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"} or not request.path.startswith("/admin/"):
            return get_response(request)
        with history_context(user=request.user.pk, url=request.path):
            return get_response(request)

    return middleware
