"""Where things of ours are on the web: links that leave Vouch in mails and answers begin with its public address."""

from urllib.parse import quote

from django.conf import settings

from referrals.models import Code


def base_url() -> str:
    """The public address of this Vouch, without a slash at the end; "" where none is set."""
    url: str = settings.BASE_URL
    return url


def share_link(code: Code) -> str:
    """The link a member shares: it records the click and leads on to the program's page."""
    return f"{base_url()}/r/{quote(code.tenant.alias)}/{quote(code.code)}"


def join_link(token: str) -> str:
    """Where somebody whom the tenant invited becomes a member: see `sign_invite`."""
    return f"{base_url()}/j/{token}"


def unsubscribe_link(token: str) -> str:
    """The page that ends all mail of a tenant to one address: see `seal_mailbox`."""
    return f"{base_url()}/u/{token}"
