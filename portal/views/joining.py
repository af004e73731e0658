"""`/j/{token}`: where somebody whom the tenant itself invited becomes a member. Looking changes nothing."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.answers import form_headers, page
from portal.callers import refuse_too_many
from portal.sessions import begin_visit
from referrals.errors import InviteOver, UnreadableToken
from referrals.models import Invite
from referrals.services.outreach.accepting import accept_invite, check_open
from referrals.services.outreach.tokens import open_invite

SEE_OTHER = 303


@csrf_exempt  # the token is what lets it in, and joining is all it can do
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """`GET` tells of the program and has one button; `POST` makes whoever was invited a member and leads to their own
    pages. An invite that is over, or was used before, gets 410; a token that is not of our making 404: both a page
    without any data.
    """
    refusal = refuse_too_many(request, "join")
    if refusal:
        return refusal
    try:
        invite = open_invite(token)
        if request.method == "POST":
            return _join(invite)
        check_open(invite, at=timezone.now())
    except UnreadableToken:
        return page(request, "unknown_access", status=404)
    except InviteOver:
        return page(request, "invite_over", status=410)
    return page(request, "join", {"program": invite.program, "company": invite.tenant.name}, headers=form_headers())


def _join(invite: Invite) -> HttpResponse:
    at = timezone.now()
    member = accept_invite(invite, at=at)
    response = HttpResponseRedirect(reverse("portal:overview"), status=SEE_OTHER)
    begin_visit(response, member, at=at)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
