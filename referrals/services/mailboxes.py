"""Which mailbox an e-mail address leads to, by the rules of its provider.

A canonical address is only ever compared: mail goes to the address as it was typed. Providers we do not know keep
their addresses whole, because at theirs a "+" or a dot may well tell two people apart.
"""

import re
import unicodedata
from typing import NamedTuple

MAX_LENGTH = 320
_LOCAL = re.compile(r'[^\s<>()\[\]\\,;:"@]{1,64}')
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")


class Provider(NamedTuple):
    """How a provider reads what stands before the "@", and the one domain its domains are names of, if they are."""

    tag: str
    home: str = ""
    dots_count: bool = True


def _domains(brand: str, endings: str) -> list[str]:
    return [f"{brand}.{ending}" for ending in endings.split()]


GMAIL = Provider(tag="+", home="gmail.com", dots_count=False)
ICLOUD = Provider(tag="+", home="icloud.com")  # Apple gives one account the same name at all three
PROTON = Provider(tag="+", home="proton.me")  # a name taken at one Proton domain is reserved at the others
PLUS = Provider(tag="+")
YAHOO = Provider(tag="-")  # a nickname may not contain a hyphen; Yahoo Japan is another service and not listed

OUTLOOK_DOMAINS = [
    *_domains(
        "outlook",
        "com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es fr hu ie in "
        "it jp kr lv my ph pt sa sg sk",
    ),
    *_domains(
        "hotmail",
        "com at be ca ch cl co.id co.il co.jp co.nz co.th co.uk com.ar com.au com.br com.hk com.mx com.tr com.tw cz de "
        "dk es fi fr gr hu it my nl no ph se sg",
    ),
    *_domains(
        "live",
        "com at be ca cl cn co.uk co.za com.ar com.au com.mx com.my com.pt de dk fi fr hk ie in it jp nl no pt ru se",
    ),
    "msn.com",
    "passport.com",
    "windowslive.com",
]
YAHOO_DOMAINS = [
    *_domains(
        "yahoo",
        "com at be bg ca cl co.id co.il co.in co.kr co.nz co.th co.uk co.za com.ar com.au com.br com.co com.hk com.mx "
        "com.my com.pe com.ph com.sg com.tr com.tw com.vn cz de dk es fi fr gr hu ie in it nl no pl pt ro se",
    ),
    "myyahoo.com",
    "rocketmail.com",
    "ymail.com",
]
PROVIDERS: dict[str, Provider] = {
    **dict.fromkeys(["gmail.com", "googlemail.com"], GMAIL),
    **dict.fromkeys(["icloud.com", "me.com", "mac.com"], ICLOUD),
    **dict.fromkeys(["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], PROTON),
    **dict.fromkeys(["fastmail.com", "fastmail.fm"], PLUS),
    **dict.fromkeys(OUTLOOK_DOMAINS, PLUS),
    **dict.fromkeys(YAHOO_DOMAINS, YAHOO),
}


def canonical_email(email: str) -> str:
    """One spelling for all addresses that lead to the same mailbox; "" for what is no e-mail address.

    `Ann.Lee+shop@GoogleMail.com` is `annlee@gmail.com`; `Ann.Lee+shop@firm.example` is `ann.lee+shop@firm.example`.
    """
    local, domain = _split(email)
    if not domain:
        return ""
    provider = PROVIDERS.get(domain)
    if provider is None:
        return f"{local}@{domain}"
    name = local.split(provider.tag)[0] or local
    name = name if provider.dots_count else name.replace(".", "")
    return f"{name}@{provider.home or domain}" if name else ""


def fold_address(email: str) -> str:
    """One spelling of an address whatever its capitals, by which two are compared; "" for what is no e-mail address.

    Other than `canonical_email` it knows no provider's rules: mail to "ann+shop" may be welcome where "ann" is not.
    """
    local, domain = _split(email)
    return f"{local}@{domain}" if domain else ""


def domain_of(email: str) -> str:
    """The domain an address was typed with, in lower-case ASCII; "" for what is no e-mail address."""
    return _split(email)[1]


def _split(email: str) -> tuple[str, str]:
    """What stands before and after the "@", or two empty strings."""
    local, _, host = _fold(email[:MAX_LENGTH]).rpartition("@") if len(email) <= MAX_LENGTH else ("", "", "")
    domain = _to_ascii(host)
    return (local, domain) if _LOCAL.fullmatch(local) and local.isprintable() and domain else ("", "")


def _fold(text: str) -> str:
    """NFKC and lower-case, without the invisible characters that come along when an address is pasted."""
    visible = "".join(character for character in text.strip() if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).lower())


def _to_ascii(host: str) -> str:
    try:
        domain = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:  # an empty label, one of more than 63 characters, or a character no domain may have
        return ""
    return domain if _DOMAIN.fullmatch(domain) and len(domain) <= 253 else ""  # noqa: PLR2004 - DNS's own limit
