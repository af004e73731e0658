"""Names of people, as all objects show them."""

from typing import Any

from referrals.models import Member, Person

NOBODY = {"Id": None, "Name": "", "Email": "", "ExternalId": None}


def name_of(person: Person) -> str:
    """Their names, or else their e-mail address or id."""
    return f"{person.first_name} {person.last_name}".strip() or person.email or person.external_id or ""


def recruiter_json(prefix: str, recruiter: Member | None) -> dict[str, Any]:
    """`recruiterSourceId` and its like; one who was removed is nobody. The member comes with its person."""
    if recruiter is None or recruiter.removed_at is not None:
        about: dict[str, Any] = NOBODY
    else:
        person = recruiter.person
        about = {
            "Id": str(recruiter.uid),
            "Name": name_of(person),
            "Email": person.email,
            "ExternalId": person.external_id,
        }
    return {f"{prefix}{name}": value for name, value in about.items()}
