"""Passing a link on: the widget for other sites, and the addresses that count a share before they lead to a channel."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.answers import page
from portal.callers import only_looks_ahead, refuse_too_many
from portal.channels import CHANNELS, Channel, address_of
from portal.doors import Door
from portal.sharing import describe_code, link_of, shared_code
from referrals.models import Attribution, Code
from referrals.services.access import SECRETS_OF_THE_TENANT
from referrals.services.attributions import judge_agent
from referrals.services.public_codes import usable_codes
from referrals.services.visits import record_share


class Handover(HttpResponseRedirect):
    """To a channel, be it a page or an app of the device."""

    allowed_schemes = ["https", "mailto", "sms", "fb-messenger"]


@require_safe
def show_widget(request: HttpRequest, door: Door) -> HttpResponse:
    """`GET /w/{token}`: the link, its code and the channels, small enough for another page's column."""
    door.note_view(request)
    return door.page(request, "widget", shared_code(request, door.member))


@require_safe
def share(request: HttpRequest, channel: str, alias: str, code: str) -> HttpResponse:
    """`GET /s/{channel}/{alias}/{code}`: count a share, then lead (302) to the channel with the link filled in.

    The channel `web` is a page of ours. A code that leads nowhere, and a channel there is none of, get the same 404 as
    `/r/{code}`.
    """
    refusal = refuse_too_many(request, "share")
    if refusal:
        return refusal
    at = timezone.now()
    wanted, shared = CHANNELS.get(channel), _find(alias, code, at)
    if wanted is None or shared is None:
        return page(request, "unknown_code", status=404)
    _count(request, wanted, shared, at)
    return _hand_over(request, wanted, shared)


def _find(alias: str, code: str, at: datetime) -> Code | None:
    codes = usable_codes(code, at=at).filter(tenant__alias=alias).select_related("tenant", "member__program")
    return codes.defer(*SECRETS_OF_THE_TENANT).first()


def _count(request: HttpRequest, channel: Channel, code: Code, at: datetime) -> None:
    agent = request.headers.get("User-Agent", "")
    if judge_agent(agent, prefetch=only_looks_ahead(request)) == Attribution.Verdict.VALID:
        record_share(code.member_id, is_email=channel.is_email, at=at)


def _hand_over(request: HttpRequest, channel: Channel, code: Code) -> HttpResponse:
    if not channel.address:
        return page(request, "share", describe_code(request, code))
    response = Handover(address_of(channel, code, link=link_of(request, code)))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
