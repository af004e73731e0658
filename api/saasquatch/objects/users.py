"""The User object in its forms (contracts/saasquatch.md, section 3)."""

import hashlib
from typing import Any

from api.saasquatch.formats import show_time, show_time_or_none
from api.saasquatch.gather import AboutPeople
from api.saasquatch.objects.links import show_flat_links, show_link
from referrals.models import Person


def show_user(person: Person, about: AboutPeople) -> dict[str, Any]:
    code = about.code_of(person)
    may_see = about.may_see(person)
    return {
        **show_names(person, whole=may_see),
        "email": (person.email or None) if may_see else None,
        "emailHash": _hash(person.email) if may_see else None,
        "imageUrl": person.image_url,
        "referralCode": code,
        "cookieId": None,
        "paymentProviderId": about.customers.get(person.pk) if may_see else None,
        "locale": person.locale or None,
        "countryCode": person.country or None,
        "referralSource": "UNKNOWN",
        "firstSeenIP": None,
        "lastSeenIP": None,
        "dateCreated": show_time(person.created_at),
        "dateBlocked": show_time_or_none(person.blocked_at),
        "shareLinks": show_flat_links(about, code),
    }


def show_user_or_none(person: Person, about: AboutPeople) -> dict[str, Any] | None:
    """A user that was deleted is none."""
    return None if person.removed_at else show_user(person, about)


def show_open_user(person: Person, about: AboutPeople, *, referred_by: list[str]) -> dict[str, Any]:
    """What open endpoints show, to the user themselves: `referred_by` are the codes that brought them in."""
    code = about.code_of(person)
    return {
        **show_names(person),
        "cookieId": None,
        "email": person.email or None,
        "emailHash": _hash(person.email),
        "imageUrl": person.image_url,
        "referralCode": code,
        "referralCodes": about.codes.get(person.pk, {}),
        "locale": person.locale or None,
        "countryCode": person.country or None,
        "referable": is_referable(person, referred_by),
        "referredByCodes": referred_by,
        "customFields": person.custom_fields,
        "segments": [],
        "dateCreated": show_time(person.created_at),
        "dateBlocked": show_time_or_none(person.blocked_at),
        "shareLinks": show_flat_links(about, code),
        "programShareLinks": {
            program: {"cleanShareLink": show_link(about, each)}
            for program, each in about.codes.get(person.pk, {}).items()
        },
    }


def show_public_user(person: Person, code: str) -> dict[str, Any]:
    """What anybody may know of the owner of a code."""
    shown = show_names(person)
    return {
        **{name: shown[name] for name in ("id", "accountId", "firstName", "lastInitial")},
        "referralCode": code,
        "imageUrl": person.image_url,
    }


def show_names(person: Person, *, whole: bool = True) -> dict[str, Any]:
    return {
        "id": person.public_id,
        "accountId": account_of(person),
        "firstName": person.first_name,
        "lastName": (person.last_name or None) if whole else None,
        "lastInitial": person.last_name[:1] or None,
    }


def account_of(person: Person) -> str:
    """Somebody of whom no account is known is an account of their own."""
    return person.account_id or person.public_id


def show_owner(person: Person) -> str:
    """A first name and the initial of the last: Bob T."""
    return f"{person.first_name} {person.last_name[:1]}".strip()


def is_referable(person: Person, referred_by: list[str]) -> bool:
    return not referred_by and person.first_paid_at is None and person.blocked_at is None


def _hash(email: str) -> str | None:
    """The MD5 of an address, as services for pictures of people ask for it."""
    return hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest() if email else None
