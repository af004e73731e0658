"""Rules that ask whether the two people are one."""

import re
import unicodedata
from difflib import SequenceMatcher
from ipaddress import ip_network
from operator import attrgetter

from disposable_email_domains import blocklist

from referrals.models import Identifier, Person
from referrals.services.mailboxes import domain_of
from referrals.services.risk.case import Case
from referrals.services.risk.marks import HOUSEHOLD, OFFICE, SharedMark
from referrals.services.risk.registry import Evidence, rule

SIMILARITY = 0.9
MIN_LETTERS = 6  # shorter names are alike too easily


@rule("same_stripe_customer", version=1, score=100, always=True)
def find_same_stripe_customer(case: Case) -> Evidence | None:
    """Both people pay as the same Stripe customer."""
    return _find_shared(case, Identifier.Kind.STRIPE_CUSTOMER, show_value=True)


@rule("same_card_fingerprint", version=1, score=90, always=True)
def find_same_card(case: Case) -> Evidence | None:
    """Both people have paid with the same card."""
    return _find_shared(case, Identifier.Kind.CARD, show_value=True)


@rule("same_mailbox", version=1, score=90, always=True)
def find_same_mailbox(case: Case) -> Evidence | None:
    """Both people's e-mail addresses lead to the same mailbox, such as ann@ and ann+2@ at Gmail."""
    return _find_shared(case, Identifier.Kind.MAILBOX)


@rule("similar_name", version=1, score=30)
def find_similar_name(case: Case) -> Evidence | None:
    """Both people have nearly the same full name."""
    names = _words(case.referrer), _words(case.referred)
    is_comparable = all(len("".join(words)) >= MIN_LETTERS for words in names)
    case.look_at(comparable=is_comparable, limit=SIMILARITY)
    if not is_comparable:
        return None
    similarity = max(_similarity(*map(" ".join, names)), _similarity(*map(" ".join, map(sorted, names))))
    case.look_at(similarity=round(similarity, 4))
    return {"people": case.people, "similarity": round(similarity, 2)} if similarity >= SIMILARITY else None


def score_shared_network(evidence: Evidence) -> int:
    """The base rate: the more people share a network, the less it says about two of them."""
    people = evidence["people_on_network"]
    if people <= HOUSEHOLD:
        return 40
    return 25 if people <= OFFICE else 10


@rule("shared_ip", version=1, score=score_shared_network, corroborating=True)
def find_shared_network(case: Case) -> Evidence | None:
    """Both people were seen on the same network; a household, an office or a mobile carrier looks the same."""
    shared = _shared(case, Identifier.Kind.NETWORK)
    if not shared:
        return None
    mark = min(shared, key=attrgetter("people"))  # the most private of them says most
    return {**_matched(case, mark), "network": _coarse(mark.value), "people_on_network": mark.people}


@rule("disposable_domain", version=1, score=50)
def find_disposable_domain(case: Case) -> Evidence | None:
    """One of the two uses an e-mail address of a throw-away provider."""
    domains = {side: _disposable(person.email) for side, person in _sides(case).items()}
    case.look_at(addresses={side: bool(person.email) for side, person in _sides(case).items()})
    found = {side: domain for side, domain in domains.items() if domain}
    return {"people": case.people, "domains": found} if found else None


def _shared(case: Case, kind: str) -> list[SharedMark]:
    shared = [mark for mark in case.shared_marks if mark.kind == kind]
    case.look_at(value_kind=str(kind), shared=len(shared))
    return shared


def _find_shared(case: Case, kind: str, *, show_value: bool = False) -> Evidence | None:
    for mark in _shared(case, kind):
        return {**_matched(case, mark), **({"value": mark.value} if show_value else {})}
    return None


def _matched(case: Case, mark: SharedMark) -> Evidence:
    return {"value_kind": mark.kind, "people": case.people, "identifiers": mark.identifiers}


def _coarse(network: str) -> str:
    """A network as it may be kept and shown: the /24 of an IPv4 address, the /64 of an IPv6 one."""
    try:
        return str(ip_network(network if "/" in network else f"{network}/24", strict=False))
    except ValueError:
        return ""


def _words(person: Person) -> list[str]:
    """The words of a full name without case and accents; none when we do not have both names."""
    if not (person.first_name.strip() and person.last_name.strip()):
        return []
    decomposed = unicodedata.normalize("NFKD", f"{person.first_name} {person.last_name}".casefold())
    return re.findall(r"\w+", "".join(each for each in decomposed if not unicodedata.combining(each)))


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one[:100], other[:100], autojunk=False).ratio()


def _sides(case: Case) -> dict[str, Person]:
    return {"referrer": case.referrer, "referred": case.referred}


def _disposable(email: str) -> str:
    """The throw-away domain an address belongs to, also when it is at a subdomain of it."""
    labels = domain_of(email).split(".")
    parents = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((domain for domain in parents if domain in blocklist), "")
