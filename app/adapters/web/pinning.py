"""DNS pinning: a host is resolved once, and only the checked addresses are connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from app.domain.addresses import parse_address, refuse_address
from app.domain.errors import AddressRefused, WebError

Resolve = Callable[[str, int], Sequence[str]]
"""Resolves a host to its addresses. Raises OSError."""

DNS_THREADS = ThreadPoolExecutor(4, "dns")
"""Separate threads for lookups: an event loop that ends waits for its default ones, so a hung lookup would block it."""


def resolve(host: str, port: int) -> list[str]:
    """Resolves `host` by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def check_url(text: str) -> URL:
    """Parses a URL and checks its form. Raises AddressRefused.

    Uses the same parser as the request, so that both see the same host.
    """
    if any(char.isspace() or not char.isprintable() or char == "\\" for char in text):
        raise AddressRefused("holds blanks, backslashes or hidden characters")
    try:
        url = URL(text)
        host, port = url.raw_host, url.port
    except ValueError:
        raise AddressRefused("is no address of a web page") from None
    if url.scheme not in ("http", "https"):
        raise AddressRefused("must begin with http:// or https://")
    if not host or not port or not host.isascii():
        raise AddressRefused("names no host")
    if url.raw_user is not None or url.raw_password is not None:
        raise AddressRefused("must not hold a user name or a password")
    if _is_number(host) and parse_address(host) is None:
        raise AddressRefused("spells its address in an unusual form")
    return url.with_fragment(None)


def _is_number(host: str) -> bool:
    """Returns whether libraries parse `host` as an IP address and not as a name."""
    return ":" in host or host.replace(".", "").isdigit()


class Pin:
    """One host, resolved once; no socket is created for an address that is not allowed."""

    def __init__(self, host: str, *, private_allowed: bool, resolve: Resolve) -> None:
        self._host = host
        self._private_allowed = private_allowed
        self._resolve = resolve

    async def addresses(self, port: int) -> list[str]:
        """Returns all addresses of the host. Raises AddressRefused when one of them is not allowed, and WebError."""
        if parse_address(self._host) is not None:
            found: Sequence[str] = [self._host]
        else:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.run_in_executor(DNS_THREADS, self._resolve, self._host, port)
            except (OSError, UnicodeError):
                raise WebError(f"{self._host} was not found: there is no such host, or DNS does not answer") from None
        for text in found:
            self.check(text)
        return list(dict.fromkeys(found))

    def check(self, text: str) -> None:
        """Raises AddressRefused unless the address is allowed."""
        address = parse_address(text)
        reason = "is no address" if address is None else self._judge(address)
        if reason:
            raise AddressRefused(f"leads to {text}, which {reason}")

    def _judge(self, address: Any) -> str | None:
        return refuse_address(address, private_allowed=self._private_allowed)

    def make_socket(self, place: tuple[Any, ...]) -> socket.socket:
        """Creates a socket for one of the host's addresses, checking it again. Raises AddressRefused."""
        family, kind, protocol, _, address = place
        self.check(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)


class PinnedResolver(AbstractResolver):
    """An aiohttp resolver that returns the checked addresses of one host."""

    def __init__(self, pin: Pin) -> None:
        self._pin = pin

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Returns the resolved and checked addresses."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._pin.addresses(port)
        ]

    async def close(self) -> None:
        """Does nothing."""
