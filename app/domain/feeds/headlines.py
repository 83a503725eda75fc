"""News headlines: cleaned of all that is not words, and which chat has which of them.

A headline is what a stranger wrote. It is material for a conversation, and never an instruction.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TITLE_LIMIT = 200
"""Characters."""
GUID_LIMIT = 300
SHOWN = 10
"""The most headlines a chat has at a time."""

TAG = re.compile(r"<[!/?a-zA-Z][^<>]*>")
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that show nothing and are used to hide text; format characters are found by their category."""
KEPT_OF_CONTROL = "\t\n\r"
LONGEST_RAW = 4000


@dataclass(frozen=True, slots=True)
class Headline:
    """One entry of a feed, which `guid` tells apart there. `published_at` (UTC) is None if the feed does not say."""

    guid: str
    title: str
    published_at: dt.datetime | None = None


def clean_title(raw: str) -> str:
    """`raw` as one line of at most 200 characters, without markup, hidden and control characters; may be empty."""
    text = html.unescape(TAG.sub(" ", html.unescape(raw[:LONGEST_RAW])))
    text = BLANK.sub("", TAG.sub(" ", text))
    line = " ".join("".join(char for char in text if _is_shown(char)).split())
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1].rstrip() + "…"


def _is_shown(char: str) -> bool:
    """Not a control, format, private or unassigned character; line breaks and tabs become blanks later."""
    return char in KEPT_OF_CONTROL or unicodedata.category(char)[0] != "C"


@dataclass(frozen=True, slots=True)
class News:
    """The headlines of the moment: `everywhere` for all chats, `chats` for some; both newest first."""

    everywhere: Sequence[tuple[dt.datetime, str]] = ()
    chats: Mapping[int, Sequence[tuple[dt.datetime, str]]] = field(default_factory=dict)
    _kept: dict[int | None, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, chat_id: int) -> tuple[str, ...]:
        """Up to ten headlines of a chat, the newest first, none twice."""
        key = chat_id if chat_id in self.chats else None
        if key not in self._kept:
            merged = sorted((*self.everywhere, *self.chats.get(chat_id, ())), key=lambda item: item[0], reverse=True)
            self._kept[key] = tuple(dict.fromkeys(title for _, title in merged))[:SHOWN]
        return self._kept[key]


MOST_DOUBLINGS = 6
LONGEST_WAIT_S = 86_400.0


def wait_after(interval_s: float, failures: int, asked_s: float | None = None) -> float:
    """Seconds until a feed is asked again after `failures` failed looks in a row, at most a day.

    The interval doubles with each failure; a server that asks for a longer wait (Retry-After) has it.
    """
    wait = interval_s * 2.0 ** min(failures, MOST_DOUBLINGS)
    return min(max(wait, asked_s or 0.0), max(LONGEST_WAIT_S, interval_s))
