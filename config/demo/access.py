"""Ways in: the administrator's password, an API key and the Stripe secret, made once per home and kept in its notes."""

import secrets
from datetime import datetime

from django.contrib.auth.models import User

from config.demo.notes import Notes
from credits.models import Reward
from referrals.models import Code, Identifier
from tenants.models import ApiKey, Scope, Tenant
from tenants.services.keys import create_key, hash_secret

LOGIN = "admin"
FACTS = 60  # codes and cards for the traffic to use


def admit_administrator(notes: Notes) -> Notes:
    """See that the administrator of the notes can log in; an account of a lost password gets a new one."""
    password = notes.get("password") or secrets.token_urlsafe(12)
    user, _ = User.objects.get_or_create(
        username=LOGIN,
        defaults={"email": "admin@acme.example", "first_name": "Demo", "last_name": "Administrator"},
    )
    user.is_staff = user.is_superuser = user.is_active = True
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return notes | {"login": LOGIN, "password": password}


def keep_stripe_secrets(notes: Notes) -> Notes:
    """See that the notes hold the key of Acme's account at the fake Stripe, and what its webhooks are signed with."""
    made_up = {"webhook_secret": f"whsec_{secrets.token_hex(24)}", "stripe_key": f"sk_test_{secrets.token_hex(24)}"}
    return made_up | notes


def admit_client(notes: Notes, tenant: Tenant, *, at: datetime) -> Notes:
    """See that the key and the Stripe secrets of the notes are the tenant's, and note what to call it with."""
    notes = keep_stripe_secrets(notes)
    tenant.stripe_webhook_secret, tenant.stripe_api_key = notes["webhook_secret"], notes["stripe_key"]
    tenant.save(update_fields=["stripe_webhook_secret", "stripe_api_key"])
    key = notes.get("api_key", "")
    if not ApiKey.objects.live(at).filter(tenant=tenant, secret_hash=hash_secret(key)).exists():
        key = create_key(tenant, scopes=Scope.values, name="Demo", at=at).secret
    return notes | {"api_key": key} | _gather_facts(tenant)


def _gather_facts(tenant: Tenant) -> Notes:
    """A credit and a code for the lines to paste, and codes and cards of members for the traffic."""
    dollars = Reward.objects.for_tenant(tenant).filter(currency="USD")
    credit = dollars.pending().order_by("-amount", "id").first() or dollars.order_by("id").first()
    links = Code.objects.for_tenant(tenant).filter(kind=Code.Kind.LINK, is_active=True, member__removed_at=None)
    codes = {
        name: list(links.filter(member__program__name=name).order_by("id").values_list("code", flat=True)[:FACTS])
        for name in ("friends", "partners", "japan")
    }
    return {
        "credit": credit.pk if credit else 0,
        "code": codes["friends"][0],
        "codes": codes,
        "cards": _cards(tenant),
    }


def _cards(tenant: Tenant) -> dict[str, str]:
    """Cards that members pay with, by the member's code."""
    cards = Identifier.objects.filter(
        tenant=tenant, kind=Identifier.Kind.CARD, person__memberships__program__name="friends"
    )
    rows = cards.filter(person__memberships__codes__is_default=True).order_by("id")
    return dict(rows.values_list("person__memberships__codes__code", "value")[:FACTS])
