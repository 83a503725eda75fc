"""The process that parses feeds, one after the other, under limits of time and memory: see readers.py.

It reads a line of JSON and the document's bytes from its standard input, and writes a line of JSON. Nothing of it is
imported by the fleet's processes: feedparser is loaded here only.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import io
import json
import resource
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

import feedparser

from app.domain.feeds.documents import describe_unread, mend, refuse_unread
from app.domain.feeds.encodings import decode_document
from app.domain.feeds.headlines import GUID_LIMIT, MOST_ENTRIES, Headline, clean_title

MOST_PARSED = 1000
"""Entries of one document that are looked at for the newest; feeds put these first."""
MOST_DOCUMENTS = 200
IDLE_S = 60.0
"""Seconds without a document after which the process ends."""
TOO_LARGE = "needs too much memory to be read: it is built in an unusual way; find another feed of its publisher"
LONGEST_AHEAD = dt.timedelta(days=2)
"""A date further ahead is a mistake, and counts as none."""


def read_document(body: bytes, content_type: str, now: dt.datetime) -> dict[str, Any]:
    """Returns the `title` and the newest 50 `headlines` of a feed, which may be malformed, or why it is `refused`."""
    text = decode_document(body, content_type)
    refused = refuse_unread(text)
    if refused:
        return {"refused": refused}
    found = _parse(mend(text, MOST_PARSED))
    if found is None or not (found.get("version") or found.entries):
        return {"refused": describe_unread(text, content_type, broken=found is None or bool(found.bozo))}
    headlines = [headline for entry in found.entries if (headline := _headline(entry, now))]
    newest = sorted(
        headlines, key=lambda item: item.published_at or dt.datetime.max.replace(tzinfo=dt.UTC), reverse=True
    )
    kept = [
        (item.guid, item.title, item.published_at.timestamp() if item.published_at else None)
        for item in _first_of_each(newest)[:MOST_ENTRIES]
    ]
    return {"title": clean_title(str(found.feed.get("title", ""))), "headlines": kept}


def _parse(text: str) -> Any | None:
    """Parses a document with feedparser, from memory only; None when it raises anything but MemoryError."""
    told = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(text.encode()), response_headers=told, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception:
        return None


def _headline(entry: Mapping[str, Any], now: dt.datetime) -> Headline | None:
    title = clean_title(str(entry.get("title", "")))
    if not title:
        return None
    published = _instant(_date_of(entry))
    return Headline(
        _identify(entry, title), title, None if published and published > now + LONGEST_AHEAD else published
    )


def _identify(entry: Mapping[str, Any], title: str) -> str:
    """Returns what tells an entry from others, now and at the next reading: its id, else its link and title."""
    guid = str(entry.get("id") or " ".join(filter(None, (str(entry.get("link") or ""), title))))
    plain = guid.encode("utf-8", "replace")
    return guid if len(guid) <= GUID_LIMIT and guid.isprintable() else hashlib.sha256(plain).hexdigest()


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


def main() -> None:
    """Serves documents until the parent is gone, none came for a minute, or 200 were read.

    Timers end the process from outside of the parser, also when the parent has died meanwhile.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _write({"ready": True})
    for _ in range(MOST_DOCUMENTS):
        signal.setitimer(signal.ITIMER_REAL, IDLE_S)
        asked = json.loads(sys.stdin.buffer.readline() or "null")
        if asked is None:
            return
        body = sys.stdin.buffer.read(asked["length"])
        _limit_memory(asked["memory"])
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
        signal.setitimer(signal.ITIMER_PROF, asked["cpu_s"])
        try:
            answer = read_document(body, asked["content_type"], dt.datetime.now(dt.UTC))
        except MemoryError:
            _write({"refused": TOO_LARGE})
            return
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(answer)


def _limit_memory(most: int) -> None:
    """Limits the address space to `most` bytes, or to what this process was given, if that is less."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _write(answer: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
