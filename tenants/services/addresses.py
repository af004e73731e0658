"""Whose address a request comes from."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any


def client_ip(meta: Mapping[str, Any], *, trusted_proxies: int) -> str:
    """The caller's address by the request's WSGI variables; "" where none is known, as behind a Unix socket.

    Each trusted proxy appends to X-Forwarded-For the address it was called from. What stands further to the left the
    caller can have written, so it is not believed; with no trusted proxy the header is not read at all.
    """
    connection = clean_address(str(meta.get("REMOTE_ADDR", "")))
    if trusted_proxies < 1:
        return connection
    forwarded = [part for part in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
    if not forwarded:
        return connection
    return clean_address(forwarded[-min(trusted_proxies, len(forwarded))]) or connection


def clean_address(text: str) -> str:
    """An address in its one usual spelling, without port, zone or IPv4-in-IPv6 wrapping; "" for what is none."""
    try:
        address = ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def network_of(address: str) -> str:
    """What to count calls by: an IPv4 address, or the /64 of an IPv6 one, all of which a single caller may hold."""
    if ":" not in address:
        return address
    return f"{IPv6Address(int(IPv6Address(address)) >> 64 << 64)}/64"


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
