"""Stripe's events for a tenant: verified, stored once, answered at once. What they mean is worked out later."""

from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from payouts.errors import BadEvent, BadSignature, EndpointOff, StripeInboxError, WrongMode
from payouts.services.inbox import receive

MAX_BODY = 512 * 1024
REFUSALS: dict[type[StripeInboxError], tuple[int, str]] = {
    EndpointOff: (404, "There is no webhook endpoint here."),  # the same where there is no such tenant
    BadSignature: (400, "The signature is missing, wrong, or not of the last few minutes."),
    BadEvent: (400, "The body is no Stripe event."),
    WrongMode: (400, "The event is of the other mode, live or test."),
}


@csrf_exempt
def take_in_event(request: HttpRequest, tenant_alias: str) -> HttpResponseBase:
    """`POST /webhooks/stripe/{tenant_alias}/` (DESIGN section 8, Stripe's own webhook contract).

    200 `{"received": true}` for an event now stored and for one stored before; else `{"error": {"code", "message"}}`
    with 400 for a bad signature, a bad event or the other mode, 404 where the endpoint is off, 413 above 512 KiB.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if _length_of(request) > MAX_BODY:
        return _refusal("payload_too_large", "An event has at most 512 KiB.", status=413)
    signature = request.headers.get("Stripe-Signature", "")
    try:
        receive(tenant_alias, body=request.body, signature=signature, at=timezone.now())
    except tuple(REFUSALS) as error:
        status, message = REFUSALS[type(error)]
        return _refusal(error.code, message, status=status)
    return JsonResponse({"received": True})


def _length_of(request: HttpRequest) -> int:
    """What the request says its body measures; the server reads no more than that."""
    length = request.META.get("CONTENT_LENGTH", "")
    return int(length) if length.isdecimal() else 0


def _refusal(code: str, message: str, *, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message}}, status=status)
