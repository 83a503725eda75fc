"""How long a provider asks to wait, from headers, error objects and sentences.

https://www.rfc-editor.org/rfc/rfc9110#name-retry-after · https://platform.openai.com/docs/guides/rate-limits
https://console.groq.com/docs/rate-limits · https://google.aip.dev/193 (RetryInfo)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from app.adapters.llm.rate_headers import read_duration

SHORTEST_S = 0.1
LONGEST_S = 86_400.0

OLDEST_INSTANT_S = 1e9
"""A reset beyond this many seconds is an instant of Unix time, one beyond a thousand times as many is in milliseconds:
OpenRouter sends such ones."""

NUMBER = r"\d{1,12}(?:\.\d{1,9})?"
IN_WORDS = re.compile(
    r"(?:(?:try again|retry|retry again|wait|available)\s+(?:in|for|after)|retry[- ]after|please wait)[\s:]*"
    rf"((?:{NUMBER}\s*(?:milliseconds?|ms|minutes?|mins?|m|seconds?|secs?|s|hours?|hrs?|h|days?|d)?\s*)+)",
    re.IGNORECASE,
)
PIECE = re.compile(rf"({NUMBER})\s*([a-z]*)", re.IGNORECASE)
UNITS_S = {"ms": 0.001, "mi": 60.0, "m": 60.0, "s": 1.0, "h": 3_600.0, "d": 86_400.0, "": 1.0}


def read_wait(headers: Mapping[str, str], body: Any, sentence: str) -> float | None:
    """Returns the seconds to wait, 0.1 to a day; None when nothing tells.

    In this order: `retry-after-ms`, `retry-after` in seconds or as a date, Gemini's `RetryInfo`, the sentence, and last
    the resets of the limits of which nothing is left.
    """
    for seconds in _told(headers, body, sentence):
        if seconds is not None and not math.isnan(seconds):
            return min(LONGEST_S, max(SHORTEST_S, seconds))
    return None


def _told(headers: Mapping[str, str], body: Any, sentence: str) -> Iterator[float | None]:
    milliseconds = _number(headers.get("retry-after-ms"))
    yield milliseconds / 1000 if milliseconds is not None else None
    yield _read_header(headers.get("retry-after"), headers.get("date"))
    yield from (read_duration(delay) for delay in _retry_delays(body))
    yield read_words(sentence)
    yield _read_resets(headers)


def read_words(sentence: str) -> float | None:
    """Returns the seconds of "try again in 7.66s", "in 1m2.5s", "retry after 20 seconds"; None for other sentences."""
    found = IN_WORDS.search(sentence)
    if found is None:
        return None
    return sum(float(number) * _unit(unit) for number, unit in PIECE.findall(found[1]))


def _unit(name: str) -> float:
    name = name.lower()
    if name.startswith(("ms", "milli")):
        return UNITS_S["ms"]
    return UNITS_S.get(name[:1], 1.0)


def _read_header(text: str | None, sent_at: str | None) -> float | None:
    """Parses `retry-after`: seconds, a duration as `1m30s`, or a date, compared with the server's own clock."""
    if not text:
        return None
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        return (parsedate_to_datetime(text) - parsedate_to_datetime(sent_at or "")).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return read_duration(text)


def _retry_delays(body: Any) -> Iterator[str]:
    """Yields `retryDelay` of the details of a Google error, such as `36s`."""
    error = body[0] if isinstance(body, list) and body else body
    error = error.get("error", error) if isinstance(error, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str):
            yield delay


def _read_resets(headers: Mapping[str, str]) -> float | None:
    """Returns the longest reset of what is used up, else the shortest of those of which is not told what is left."""
    resets: dict[str, list[float]] = {}
    for suffix in ("", "-requests", "-tokens"):
        seconds = _read_reset(headers.get(f"x-ratelimit-reset{suffix}"), headers.get("date"))
        if seconds is not None:
            resets.setdefault(headers.get(f"x-ratelimit-remaining{suffix}", "").strip(), []).append(seconds)
    return max(resets["0"]) if "0" in resets else min(resets.get("", ()), default=None)


def _read_reset(text: str | None, sent_at: str | None) -> float | None:
    if not text:
        return None
    seconds = _number(text)
    if seconds is None or seconds < OLDEST_INSTANT_S:
        return read_duration(text) if seconds is None else seconds
    instant = seconds / 1000 if seconds >= OLDEST_INSTANT_S * 1000 else seconds
    try:
        return instant - parsedate_to_datetime(sent_at or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
