"""Which internet addresses strangers may make us call: none that leads into a private network, however it is spelt."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Wider than `is_global`, which takes several ways of wrapping a private IPv4 address in an IPv6 one for public.
PRIVATE = [
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
]  # fmt: skip


def is_private(address: str) -> bool:
    """Whether an address is anything but a public one. What is no address at all counts as private."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    return any(_is_in(parsed, network) for network in PRIVATE)


def _is_in(address: IPv4Address | IPv6Address, network: object) -> bool:
    return address in network  # type: ignore[operator]  # networks of the other family contain nothing
