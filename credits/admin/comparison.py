"""Both people of a case side by side, with what matches and how."""

from collections import defaultdict
from dataclasses import dataclass

from credits.models import Review
from credits.services.evidence import MATCHED
from referrals.models import Identifier, Person

Kind = Identifier.Kind
SHOWN = 3  # marks of one kind shown of each person; the rest are counted
MOST_MARKS = 400


@dataclass(frozen=True)
class Line:
    """One field of both people. `match` says how they match, and is empty where they do not."""

    label: str
    referrer: str
    referred: str
    match: str = ""


Marks = dict[str, list[str]]


def compare_people(review: Review) -> list[Line]:
    """What was found when the case was opened stays marked; while it is open, so is what matches since."""
    one, other = review.referral.referrer.person, review.referral.referred
    marks = _load_marks(one, other)
    shared = {match["kind"] for match in review.evidence.get("matches", [])}
    if review.status == Review.Status.OPEN:
        shared |= {kind for kind in Kind.values if set(marks[one.pk][kind]) & set(marks[other.pk][kind])}
    lines = [*_describe_identity(review, one, other, shared), *_describe_marks(marks[one.pk], marks[other.pk], shared)]
    return [line for line in lines if line.referrer or line.referred]


def _load_marks(one: Person, other: Person) -> dict[int, Marks]:
    rows = Identifier.objects.filter(person__in=[one.pk, other.pk]).order_by("-id")[:MOST_MARKS]
    marks: dict[int, Marks] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        marks[row.person_id][row.kind].append(row.value)
    return marks


def _describe_identity(review: Review, one: Person, other: Person, shared: set[str]) -> list[Line]:
    mailbox = MATCHED[Kind.MAILBOX] if Kind.MAILBOX in shared else ""
    return [
        Line("Name", _name(one), _name(other), _same(_name(one), _name(other)) or _similarity(review)),
        Line("E-mail", one.email, other.email, _same(one.email, other.email) or mailbox),
        Line("Phone", one.phone, other.phone, _same(_digits(one.phone), _digits(other.phone))),
        Line("Address", _address(one), _address(other), _same(_address(one), _address(other))),
        Line("Country", one.country, other.country),
        Line("Customer id", one.external_id or "", other.external_id or ""),
        Line("Known since", _day(one.created_at), _day(other.created_at)),
        Line("First payment", _day(one.first_paid_at), _day(other.first_paid_at)),
    ]


def _describe_marks(one: Marks, other: Marks, shared: set[str]) -> list[Line]:
    labels = {
        Kind.STRIPE_CUSTOMER: "Stripe customer",
        Kind.CARD: "Card",
        Kind.NETWORK: "Network",
        Kind.DEVICE: "Device",
    }
    return [
        Line(label, _list(kind, one, other), _list(kind, other, one), MATCHED[kind] if kind in shared else "")
        for kind, label in labels.items()
    ]


def _list(kind: str, marks: Marks, others: Marks) -> str:
    """A person's marks of a kind, those that the other bears first. A device is a hash, so devices are counted."""
    values = sorted(marks[kind], key=lambda value: value not in others[kind])
    if kind == Kind.DEVICE:
        return f"{len(values)} seen" if values else ""
    rest = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(values[:SHOWN]) + rest


def _same(one: str, other: str) -> str:
    return "exact match" if one and one.casefold() == other.casefold() else ""


def _similarity(review: Review) -> str:
    for rule in review.evidence.get("assessment", {}).get("rules", []):
        if rule["code"] == "similar_name" and rule["outcome"] == "fired":
            return f"{rule['evidence'].get('similarity', 0):.0%} alike"
    return ""


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip()


def _address(person: Person) -> str:
    parts = [person.address_line1, person.address_line2, f"{person.postal_code} {person.city}".strip()]
    return ", ".join(part for part in parts if part)


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())


def _day(moment: object) -> str:
    return f"{moment:%d %b %Y}" if moment else ""
