"""RSS and Atom feeds, fetched with the guarded client and parsed in a process of their own."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping

from app.adapters.web.client import GuardedClient, Page, retry_after
from app.adapters.web.readers import READERS
from app.domain.errors import NotAFeed, PageGone, WebError
from app.domain.feeds.headlines import Headline
from app.domain.ports import FeedAnswer

LONGEST_STAMP = 500
"""Most characters of an ETag or Last-Modified to send back; longer ones are dropped."""
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
UNCHANGED, GONE = 304, 410


class WebFeeds:
    """The FeedSource port over HTTP."""

    def __init__(self, client: GuardedClient) -> None:
        self._client = client

    def read(self, url: str, etag: str | None = None, last_modified: str | None = None) -> FeedAnswer:
        """Fetches a feed; see the port."""
        headers = {"Accept": ACCEPT}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        page = self._client.get(url, headers)
        if page.status == UNCHANGED:
            return FeedAnswer(False, etag=etag, last_modified=last_modified, moved_to=page.moved_to)
        _check_status(page)
        return parse_feed(page)


def _check_status(page: Page) -> None:
    if page.status == GONE:
        raise PageGone("was taken away for good (410)")
    if page.status != 200:
        raise WebError(f"answers with an error ({page.status})", retry_after(page.headers, time.time()))


def parse_feed(page: Page) -> FeedAnswer:
    """Returns the newest 50 headlines of an RSS or Atom document, which may be malformed.

    Raises NotAFeed with what it is instead, and WebError when this machine has no time for it now.
    """
    found = READERS.read(page.body, page.headers.get("Content-Type", ""))
    if "refused" in found:
        raise NotAFeed(found["refused"])
    return FeedAnswer(
        True,
        title=found["title"],
        headlines=tuple(Headline(guid, title, _instant(at)) for guid, title, at in found["headlines"]),
        etag=_stamp(page.headers, "ETag"),
        last_modified=_stamp(page.headers, "Last-Modified"),
        moved_to=page.moved_to,
    )


def _instant(seconds: float | None) -> dt.datetime | None:
    """Returns a Unix time as a datetime."""
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


def _stamp(headers: Mapping[str, str], name: str) -> str | None:
    """Returns a header to send back unchanged, None when it cannot be."""
    value = headers.get(name, "").strip()
    return value if 0 < len(value) <= LONGEST_STAMP and value.isascii() and value.isprintable() else None
