"""Where a shared link may lead: the program's own pages and nowhere else, whatever the link asks for."""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote_plus, urlencode, urlsplit

MAX_LENGTH = 2048
PORTS = {"http": 80, "https": 443}


def choose_target(wanted: str, *, landing_url: str, allowed_origins: Iterable[str]) -> str:
    """The page asked for, where its origin is the landing page's or one the program allows; else the landing page."""
    asked = origin_of(wanted)
    if asked and asked in {origin_of(url) for url in (landing_url, *allowed_origins)}:
        return wanted
    return landing_url


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute http(s) URL; "" for anything that two parsers might read differently."""
    parts = _split_plainly(url)
    if parts is None or not parts.hostname or "@" in parts.netloc:
        return ""
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


def path_of(url: str) -> str:
    """The path of an absolute http(s) URL, for the record of a touch; "" for anything else."""
    return urlsplit(url).path if origin_of(url) else ""


def add_to_query(url: str, **fields: str) -> str:
    """The URL with these fields last in its query; fields of the same names are replaced, all else stays as it was."""
    parts = urlsplit(url)
    kept = [part for part in parts.query.split("&") if part and unquote_plus(part.partition("=")[0]) not in fields]
    return parts._replace(query="&".join([*kept, urlencode(fields)])).geturl()


def _split_plainly(url: str) -> SplitResult | None:
    """None for what is too long, relative, or holds characters that browsers drop or read as a slash."""
    if len(url) > MAX_LENGTH or "\\" in url or any(ord(char) <= ord(" ") or ord(char) == 0x7F for char in url):  # noqa: PLR2004
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in PORTS and parts.netloc.isascii() else None
