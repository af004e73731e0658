"""What a member chooses for themselves. Only in a window of its own: it says where money goes."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from credits.models import Mode, RewardRule
from payouts.errors import AccountNeeded, BadDestination
from payouts.services.preferences import manual_account_of, set_preferences
from portal.doors import Door
from portal.forms import PreferencesForm
from referrals.models import Member, Side


@require_http_methods(["GET", "HEAD", "POST"])
def show_preferences(request: HttpRequest, door: Door) -> HttpResponse:
    """`GET` and `POST /portal/preferences`: as what rewards come, and where money goes that is paid by hand."""
    default = _default_mode(door.member)
    if request.method != "POST":
        return _form(request, door, PreferencesForm(initial=_chosen(door.member, default)))
    form = PreferencesForm(request.POST)
    if form.is_valid() and _keep(door, form, default):
        return HttpResponseRedirect(f"{reverse('portal:preferences')}?saved=1")
    return _form(request, door, form, status=400)


def _form(request: HttpRequest, door: Door, form: PreferencesForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "here": "preferences", "was_saved": "saved" in request.GET}
    return door.page(request, "preferences", context, status=status)


def _keep(door: Door, form: PreferencesForm, default: str) -> bool:
    told = form.cleaned_data
    try:
        set_preferences(
            door.member.person,
            mode=told["mode"],
            default_mode=default,
            email=told["email"] or None,
            actor=f"member:{door.member.uid}",
            at=door.at,
        )
    except (AccountNeeded, BadDestination):
        form.add_error("email", "Money cannot be paid to this address.")
    return form.is_valid()


def _chosen(member: Member, default: str) -> dict[str, Any]:
    account = manual_account_of(member.person)
    return {"mode": member.person.reward_mode or default, "email": account.destination if account else ""}


def _default_mode(member: Member) -> str:
    """What the program's rules give where a member has not chosen."""
    rule = RewardRule.objects.in_force(member.program).filter(side=Side.REFERRER).first()
    return rule.mode if rule else Mode.CREDITS
