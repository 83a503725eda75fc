"""HTTP client for untrusted URLs: guarded against SSRF, bounded in redirects, size and time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from app import __version__
from app.adapters.web.pinning import Pin, PinnedResolver, Resolve, check_url, resolve
from app.domain.errors import AddressRefused, WebError

HOPS = 5
TIMEOUT_S = 10.0
MOST_BYTES = 1024 * 1024
CHUNK = 16 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})
AGENT = f"Chorus/{__version__} (news reader)"
TOO_BIG = f"is bigger than {MOST_BYTES // 1024} KB"


@dataclass(frozen=True, slots=True)
class Page:
    """A response. `moved_to` is its final URL when every redirect was permanent."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    moved_to: str | None = None


class GuardedClient:
    """A client for GET only. Hosts in `private_hosts` (lower case) may have private addresses; no proxy is used.

    A host is resolved once per hop, all its addresses are checked, and only those are connected to. Targets of
    redirects are checked the same way.
    """

    def __init__(
        self, private_hosts: Collection[str] = (), resolve: Resolve = resolve, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._resolve = resolve
        self._timeout_s = timeout_s

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        """Fetches `url`; returns the page, whatever its status. Raises AddressRefused, and WebError without an answer.

        Redirects, lookups, connections and the whole body take at most `timeout_s` seconds together. The body is at
        most 1 MB, decompressed too.
        """
        return asyncio.run(self._get_in_time(url, headers or {}))

    async def _get_in_time(self, url: str, headers: Mapping[str, str]) -> Page:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(check_url(url), headers)
        except TimeoutError:
            raise WebError(f"gave no whole answer within {self._timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise WebError(_tell(error)) from None

    async def _follow(self, url: URL, headers: Mapping[str, str]) -> Page:
        moved_to: str | None = None
        for_good = True
        for _ in range(HOPS + 1):
            page = await self._ask(url, headers)
            place = page.headers.get("Location")
            if page.status not in REDIRECTS or not place:
                return Page(page.status, page.body, page.headers, moved_to)
            url = check_url(str(_join(url, place)))
            for_good = for_good and page.status in FOR_GOOD
            moved_to = str(url) if for_good else moved_to
        raise WebError(f"sends from one address to another more than {HOPS} times")

    async def _ask(self, url: URL, headers: Mapping[str, str]) -> Page:
        host = str(url.raw_host)
        pin = Pin(host, private_allowed=host.lower() in self._private_hosts, resolve=self._resolve)
        connector = aiohttp.TCPConnector(
            resolver=PinnedResolver(pin), use_dns_cache=False, force_close=True, socket_factory=pin.make_socket
        )
        sent = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **headers}
        async with (
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None),
            ) as session,
            session.get(url, headers=sent, allow_redirects=False) as answer,
        ):
            body = b"" if answer.status in REDIRECTS else await _read(answer)
            return Page(answer.status, body, answer.headers)


def _join(url: URL, place: str) -> URL:
    try:
        return url.join(URL(place))
    except ValueError:
        raise AddressRefused("sends on to something that is no address") from None


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Reads and decompresses the body in chunks. Raises WebError as soon as it gets too big, packed or not.

    What follows the end of the packed data is not read: it would be kept, and may have no end.
    """
    if (answer.content_length or 0) > MOST_BYTES:
        raise WebError(TOO_BIG)
    unpack = _unpacker(answer.headers.get("Content-Encoding", ""))
    body, received = bytearray(), 0
    async for chunk in answer.content.iter_chunked(CHUNK):
        received += len(chunk)
        try:
            body += unpack.decompress(chunk, MOST_BYTES + 1 - len(body)) if unpack else chunk
        except zlib.error:
            raise WebError("is packed in a broken way") from None
        if max(len(body), received) > MOST_BYTES:
            raise WebError(TOO_BIG)
        if unpack and unpack.eof:
            break
    return bytes(body)


def _unpacker(encoding: str) -> zlib._Decompress | None:
    """Returns a decompressor, None for an identity encoding. Raises WebError for an encoding not requested."""
    word = encoding.strip().lower()
    if word in ("", "identity"):
        return None
    if word in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    raise WebError(f"is packed as {word[:20]}, which nobody asked for")


def retry_after(headers: Mapping[str, str], now_s: float) -> float | None:
    """Returns the wait (seconds) that `Retry-After` asks for at the Unix time `now_s`; None without one."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except (TypeError, ValueError, OverflowError):
        return None


def _tell(error: Exception) -> str:
    """Describes an error in words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "has no valid certificate for its name"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "cannot be reached: nothing answers at its address"
    return "broke off its answer, or did not speak HTTP"
