"""`/u/{token}`: where each mail's last link leads. Looking changes nothing, since mail scanners look at every link."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.answers import form_headers, page
from portal.callers import refuse_too_many
from referrals.errors import UnreadableToken
from referrals.models import EmailSuppression
from referrals.services.outreach.suppressions import is_suppressed, suppress_email, unsuppress_email
from referrals.services.outreach.tokens import Mailbox, open_mailbox

SEE_OTHER = 303


@csrf_exempt  # a mail program's button is no form of ours; the token is what lets it in
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """`GET` says how it stands and has one button; `POST` ends a tenant's mail to one address, or allows it again with
    `wish=allow`. A mail program's one-click POST (RFC 8058) is answered at once, a form's with 303 to the page.

    A token that is not of our making or not whole gets 404 and a page that tells nothing.
    """
    refusal = refuse_too_many(request, "unsubscribe")
    if refusal:
        return refusal
    try:
        mailbox = open_mailbox(token)
    except UnreadableToken:
        return page(request, "unknown_unsubscribe", status=404)
    if request.method == "POST":
        _change(mailbox, request.POST.get("wish", ""), is_one_click="List-Unsubscribe" in request.POST)
        if "wish" in request.POST:
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
    return page(request, "unsubscribe", _describe(mailbox), headers=form_headers())


def _change(mailbox: Mailbox, wish: str, *, is_one_click: bool) -> None:
    if wish == "allow":
        unsuppress_email(mailbox.tenant, mailbox.email, at=timezone.now())
        return
    source = EmailSuppression.Source.ONE_CLICK if is_one_click else EmailSuppression.Source.PAGE
    suppress_email(mailbox.tenant, mailbox.email, source=source, at=timezone.now())


def _describe(mailbox: Mailbox) -> dict[str, object]:
    return {
        "company": mailbox.tenant.name,
        "email": mask(mailbox.email),
        "is_stopped": is_suppressed(mailbox.tenant, mailbox.email),
    }


def mask(email: str) -> str:
    """An address that its owner knows again and nobody else can use: `i***@firm.example`."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}***@{host}"
