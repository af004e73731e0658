"""What no explanation for a member may hold: suspicion, and anything of the other person but the first name."""

import json
import re

from credits.services.explaining.audience import Json
from referrals.models import Member, Person
from referrals.services.risk import all_rules

WORDS = (
    r"fraud\w*", r"risk\w*", r"suspici\w*", r"suspect\w*", r"signals?", r"ips?", r"devices?", r"fingerprints?",
    r"cards?", r"networks?", r"mailbox\w*", r"scores?", r"review\w*", r"staff", r"rules?", r"block\w*", r"disput\w*",
    r"dispos\w*", r"velocity", r"threshold\w*", r"abus\w*",
)  # fmt: skip
DENIED = re.compile(rf"\b({'|'.join(WORDS)})\b", re.IGNORECASE)
SHORTEST = 4  # of somebody's data: shorter values are found in anything


def find_leaks(told: Json, *, other: Person | None, member: Member | None = None) -> list[str]:
    """Each word that should not be there, and each value of the other person; `member` is theirs, if they are one."""
    text = json.dumps(told, ensure_ascii=False).replace("_", " ")
    found = [match.group(0) for match in DENIED.finditer(text)]
    codes = [rule.code.replace("_", " ") for rule in all_rules()]
    values = _values_of(other, member) if other else []
    return found + [value for value in [*codes, *values] if _holds(text, value)]


def _values_of(person: Person, member: Member | None) -> list[str]:
    values = [
        person.email, person.last_name, person.phone, person.external_id or "", person.account_id, str(person.uid),
        person.address_line1, person.postal_code, str(member.uid) if member else "",
    ]  # fmt: skip
    allowed = person.first_name.casefold()
    return [value for value in values if len(value) >= SHORTEST and value.casefold() not in allowed]


def _holds(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value.replace('_', ' '))}(?!\w)", text, re.IGNORECASE) is not None
