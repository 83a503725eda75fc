"""Check of IP addresses for requests to untrusted URLs: only the public internet is allowed.

SSRF: a URL that a user typed, or that a server redirects to, must not reach this machine, its network, or a cloud's
metadata service (OWASP ASVS 5.0, 1.3.6).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""NAT64 (RFC 6052) and the old IPv4-compatible form (RFC 4291): the last 32 bits are the IPv4 address."""
UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is routed on the public internet (IANA)."""
BITS = 0xFFFF_FFFF


Rule = tuple[Callable[[Address], bool], str]

ALWAYS: tuple[Rule, ...] = (
    (lambda address: address.is_multicast, "is a multicast address"),
    (lambda address: address.is_link_local, "is a link-local address, where clouds keep their metadata"),
    (lambda address: address.is_unspecified, "is no address of a server"),
)
PRIVATE: tuple[Rule, ...] = (
    (lambda address: address.is_loopback, "is this machine's own address"),
    (lambda address: not address.is_global, "is a private address"),
    (lambda address: address.version == 6 and address not in UNICAST, "is an address of no public network"),
)


def parse_address(text: str) -> Address | None:
    """Parses an address in its usual form; None for names, and for odd forms such as `0177.0.0.1`."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def refuse_address(address: Address, *, private_allowed: bool = False) -> str | None:
    """Returns why `address` must not be reached, in words; None when it may be.

    `private_allowed` opens loopback and private networks. Link-local addresses and multicast stay closed. An IPv6
    address that embeds an IPv4 one is checked as that.
    """
    real = _embedded(address)
    rules = ALWAYS if private_allowed else (*ALWAYS, *PRIVATE)
    return next((words for applies, words in rules if applies(real)), None)


def is_near(host: str) -> bool:
    """Returns whether a host is this machine, a private address or a name without a dot."""
    address = parse_address(host)
    return "." not in host if address is None else address.is_private or address.is_loopback


def _embedded(address: Address) -> Address:
    """Returns the IPv4 address inside a mapped, translated (NAT64), 6to4 or Teredo one; else the address itself."""
    if address.version == 4:
        return address
    if int(address) > 1 and any(address in network for network in EMBEDDING):
        return ipaddress.IPv4Address(int(address) & BITS)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
