"""RSS and Atom feeds, read with the guarded client and feedparser."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import io
import time
from collections.abc import Iterable, Mapping
from typing import Any

import feedparser

from app.adapters.web.client import GuardedClient, Page, retry_after
from app.domain.errors import NotAFeed, PageGone, WebError
from app.domain.feeds.headlines import GUID_LIMIT, Headline, clean_title
from app.domain.ports import FeedAnswer

MOST_ENTRIES = 50
"""Headlines read of one feed, as many as are kept."""
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
    """Returns the newest 50 headlines of an RSS or Atom document, which may be malformed. Raises NotAFeed."""
    found = _parse(page)
    if found is None or not (found.get("version") or found.entries):
        raise NotAFeed(_what_it_is(page, found is None or bool(found.bozo)))
    headlines = [headline for entry in found.entries if (headline := _headline(entry))]
    newest = sorted(
        headlines, key=lambda item: item.published_at or dt.datetime.max.replace(tzinfo=dt.UTC), reverse=True
    )
    return FeedAnswer(
        True,
        title=clean_title(str(found.feed.get("title", ""))),
        headlines=tuple(_first_of_each(newest)[:MOST_ENTRIES]),
        etag=_stamp(page.headers, "ETag"),
        last_modified=_stamp(page.headers, "Last-Modified"),
        moved_to=page.moved_to,
    )


def _parse(page: Page) -> Any | None:
    """Parses the body with feedparser, from memory only; None when it raises.

    The document is untrusted: no error of the parser may stop other feeds.
    """
    told = {"content-type": page.headers.get("Content-Type", "")}
    try:
        return feedparser.parse(
            io.BytesIO(page.body), response_headers=told, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:
        return None


def _what_it_is(page: Page, broken: bool) -> str:
    if "html" in page.headers.get("Content-Type", "").lower() or b"<html" in page.body[:2000].lower():
        return "is a web page and no feed; look there for the address of its RSS or Atom feed"
    return "is no RSS or Atom feed that can be read" + ("; its XML is broken" if broken else "")


def _headline(entry: Mapping[str, Any]) -> Headline | None:
    title = clean_title(str(entry.get("title", "")))
    if not title:
        return None
    guid = str(entry.get("id") or entry.get("link") or title)
    if len(guid) > GUID_LIMIT or "\x00" in guid:
        guid = hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()
    return Headline(guid, title, _instant(_date_of(entry)))


def _date_of(entry: Mapping[str, Any]) -> time.struct_time | None:
    """Returns the first date of an entry. For a missing key, feedparser's dict would warn and guess."""
    facts = dict(entry.items())
    kinds = ("published_parsed", "updated_parsed", "created_parsed")
    return next((facts[kind] for kind in kinds if facts.get(kind)), None)


def _instant(parts: time.struct_time | None) -> dt.datetime | None:
    """Converts feedparser's date, which is UTC; None for an impossible one."""
    if parts is None:
        return None
    try:
        return dt.datetime.fromtimestamp(calendar.timegm(parts), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _first_of_each(headlines: Iterable[Headline]) -> list[Headline]:
    return list({headline.guid: headline for headline in reversed(list(headlines))}.values())[::-1]


def _stamp(headers: Mapping[str, str], name: str) -> str | None:
    """Returns a header to send back unchanged, None when it cannot be."""
    value = headers.get(name, "").strip()
    return value if 0 < len(value) <= LONGEST_STAMP and value.isascii() and value.isprintable() else None
