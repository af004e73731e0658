"""A member's own pages. Each is read through a Door, which says whose they are and how their addresses begin."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.answers import page
from portal.books import (
    Chapter,
    count_reach,
    read_payouts,
    read_referrals,
    read_rewards,
    read_schedule,
    read_sums,
)
from portal.callers import refuse_too_many
from portal.doors import Door, refuse_access
from portal.forms import InviteForm
from portal.qr import draw_png
from portal.sessions import begin_visit, end_visit
from portal.sharing import active_code, link_of, shared_code
from referrals.errors import InvalidAccess, MayNotInvite, ProgramInactive
from referrals.services.access import member_of_token
from referrals.services.outreach.inviting import Contact, add_invites
from tenants.services.limits import throttle

GLIMPSE, PAGE_SIZE = 5, 20
INVITES_AN_HOUR = 20
LISTS = {"referrals": read_referrals, "rewards": read_rewards, "payouts": read_payouts}


@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """`GET /p/{token}`: begin a visit and go on to an address without the token, so that it shows nowhere else."""
    refusal = refuse_too_many(request, "portal")
    if refusal:
        return refusal
    at = timezone.now()
    try:
        member = member_of_token(token, at=at)
    except InvalidAccess as error:
        return refuse_access(request, error)
    response = HttpResponseRedirect(reverse("portal:overview"))
    begin_visit(response, member, at=at)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def show_overview(request: HttpRequest, door: Door) -> HttpResponse:
    """The link to share, what it brought so far, and the latest of each list."""
    door.note_view(request)
    return _overview(request, door, InviteForm())


@require_safe
def show_list(request: HttpRequest, door: Door, name: str) -> HttpResponse:
    """All referrals, rewards or payouts, `PAGE_SIZE` at a time; `?after=` is the cursor of a page."""
    chapter: Chapter = LISTS[name](door.member, cursor=request.GET.get("after", ""), size=PAGE_SIZE)
    return door.page(request, name, {"chapter": chapter, "here": name, "is_first": not request.GET.get("after")})


@require_POST
def invite(request: HttpRequest, door: Door) -> HttpResponse:
    """Invite somebody by e-mail. Whether they are known to us already, or want no mail, is nobody's business: all who
    may be invited or not are answered alike.
    """
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _overview(request, door, form, status=400)
    if throttle(f"invite:{door.member.pk}", limit=INVITES_AN_HOUR, per_seconds=3600):
        form.add_error(None, "That were many invitations within an hour. Go on a little later.")
        return _overview(request, door, form, status=429)
    refused = _add(door, form.cleaned_data)
    if refused:
        form.add_error(None, refused)
        return _overview(request, door, form, status=400)
    return HttpResponseRedirect(f"{door.base}?invited=1#invite")


@require_safe
def download_qr(request: HttpRequest, door: Door) -> HttpResponse:
    """The link's code as a picture to print."""
    code = active_code(door.member)
    if code is None:
        return door.page(request, "nothing_to_share", {}, status=404)
    response = HttpResponse(draw_png(link_of(request, code)), content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="{code.code}.png"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def sign_out(_request: HttpRequest) -> HttpResponse:
    """`POST /portal/sign-out`: end the visit in this browser, if there is one."""
    response = HttpResponseRedirect(reverse("portal:signed_out"))
    end_visit(response)
    return response


@require_safe
def show_signed_out(request: HttpRequest) -> HttpResponse:
    return page(request, "signed_out")


def _overview(request: HttpRequest, door: Door, form: InviteForm, *, status: int = 200) -> HttpResponse:
    member = door.member
    context: dict[str, Any] = {
        **shared_code(request, member),
        "here": "overview",
        "reach": count_reach(member),
        "sums": read_sums(member),
        "schedule": read_schedule(member, at=door.at),
        "form": form,
        "was_invited": "invited" in request.GET,
        **{name: read(member, size=GLIMPSE) for name, read in LISTS.items()},
    }
    return door.page(request, "overview", context, status=status)


def _add(door: Door, told: dict[str, str]) -> str:
    """Why nobody can be invited, in words for the member; "" where all is well, or nothing may be told."""
    try:
        invited = add_invites(door.member.tenant, [Contact(**told)], member=door.member, at=door.at)
    except (MayNotInvite, ProgramInactive):
        return "The program does not take invitations at present."
    telling = [refusal for refusal in invited.refused if refusal.for_member == refusal.message]
    return telling[0].message if telling else ""
