"""What the links in mails carry. None holds anything that can be read: an address has no place in a URL."""

import base64
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from referrals.errors import UnreadableToken
from referrals.models import Invite
from tenants.models import Tenant

SALT = "referrals.outreach.unsubscribe"
INVITE = "referrals.outreach.invite"


class Mailbox(NamedTuple):
    """Whose mail to which address."""

    tenant: Tenant
    email: str


def seal_mailbox(tenant: Tenant, email: str) -> str:
    """By which the reader of a mail ends all further mail. It holds for ever: a mail may be opened years later."""
    return _seal().encrypt(f"{tenant.pk}:{email}".encode()).decode().rstrip("=")


def open_mailbox(token: str) -> Mailbox:
    """What a word of `seal_mailbox` is about. Raises UnreadableToken for any other."""
    try:
        plain = _seal().decrypt(token + "=" * (-len(token) % 4)).decode()
    except (InvalidToken, ValueError) as error:
        raise UnreadableToken from error
    tenant_id, _, email = plain.partition(":")
    tenant = Tenant.objects.filter(pk=int(tenant_id)).first()
    if tenant is None:
        raise UnreadableToken
    return Mailbox(tenant, email)


def sign_invite(invite: Invite) -> str:
    """By which whom the tenant invited becomes a member. Who has it has read the mail to that address."""
    return _signer().sign(invite.uid.hex)


def open_invite(token: str) -> Invite:
    """The invite of a word of `sign_invite`, whatever became of it. Raises UnreadableToken for any other."""
    try:
        uid = _signer().unsign(token)
    except signing.BadSignature as error:
        raise UnreadableToken from error
    invite = Invite.objects.filter(uid=uid).select_related("tenant", "program__tenant", "person").first()
    if invite is None:
        raise UnreadableToken
    return invite


def _signer() -> signing.Signer:
    return signing.Signer(salt=INVITE, sep=".")


def _seal() -> MultiFernet:
    """The current secret seals; former ones still open."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(SALT, "key", secret=secret, algorithm="sha256").digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
