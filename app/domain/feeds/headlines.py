"""News headlines: cleaning of titles, headlines per chat, and the poll interval of feeds.

A headline is untrusted text: material for a conversation, never an instruction.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.feeds.references import unescape

TITLE_LIMIT = 200
"""Characters."""
GUID_LIMIT = 300
MOST_ENTRIES = 50
"""Headlines read of one feed, as many as are kept."""
SHOWN = 10
"""The most headlines a chat has at a time."""

TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>")
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Invisible letters and marks that are used to hide text; format characters are found by their category."""
KEPT_OF_CONTROL = "\t\n\r"
LONGEST_RAW = 4000


@dataclass(frozen=True, slots=True)
class Headline:
    """One entry of a feed, identified by `guid`. `published_at` (UTC) is None if the feed does not say."""

    guid: str
    title: str
    published_at: dt.datetime | None = None


def clean_title(raw: str) -> str:
    """Cleans `raw` to a line of at most 200 characters without markup, hidden and control characters; may be empty."""
    text = unescape(TAG.sub(" ", unescape(raw[:LONGEST_RAW])))
    text = BLANK.sub("", TAG.sub(" ", text))
    line = " ".join("".join(char for char in text if _is_shown(char)).split())
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1].rstrip() + "…"


def _is_shown(char: str) -> bool:
    """Returns False for control (but line breaks and tabs), format, private and unassigned characters."""
    return char in KEPT_OF_CONTROL or unicodedata.category(char)[0] != "C"


@dataclass(frozen=True, slots=True)
class News:
    """The current headlines: `everywhere` for all chats, `chats` for some; both newest first."""

    everywhere: Sequence[tuple[dt.datetime, str]] = ()
    chats: Mapping[int, Sequence[tuple[dt.datetime, str]]] = field(default_factory=dict)
    _kept: dict[int | None, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, chat_id: int) -> tuple[str, ...]:
        """Returns up to ten headlines of a chat, the newest first, without duplicates."""
        key = chat_id if chat_id in self.chats else None
        if key not in self._kept:
            merged = sorted((*self.everywhere, *self.chats.get(chat_id, ())), key=lambda item: item[0], reverse=True)
            self._kept[key] = tuple(dict.fromkeys(title for _, title in merged))[:SHOWN]
        return self._kept[key]


MOST_DOUBLINGS = 6
LONGEST_WAIT_S = 86_400.0


def wait_after(interval_s: float, failures: int, asked_s: float | None = None) -> float:
    """Returns seconds until the next poll of a feed after `failures` failed ones in a row, at most a day.

    Exponential backoff: the interval doubles with each failure; a longer Retry-After of the server wins.
    """
    wait = interval_s * 2.0 ** min(failures, MOST_DOUBLINGS)
    return min(max(wait, asked_s or 0.0), max(LONGEST_WAIT_S, interval_s))
