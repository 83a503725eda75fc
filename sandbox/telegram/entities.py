"""Message entities that Telegram detects in plain text. Offsets and lengths are UTF-16 code units."""

import re
from typing import Any

Entity = dict[str, Any]

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?')\]]")),
    ("mention", re.compile(r"(?<![\w@/.])@[A-Za-z]\w{3,31}\b", re.ASCII)),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@\w{4,32})?(?![\w/])", re.ASCII)),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
)


def utf16_length(text: str) -> int:
    """Returns the length in UTF-16 code units, the unit of every Telegram offset and of the 4096 limit."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def slice_utf16(text: str, offset: int, length: int) -> str:
    """Returns the part of `text` an entity covers."""
    data = text.encode("utf-16-le", "surrogatepass")
    return data[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def detect_entities(text: str, given: list[Entity] | None = None) -> list[Entity]:
    """Returns the `given` entities and those detected where none was given, by offset."""
    entities = list(given or ())
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _EXCLUSIVE]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = utf16_length(text[: match.start()])
            end = start + utf16_length(match.group())
            if any(start < right and left < end for left, right in taken):
                continue
            taken.append((start, end))
            entities.append({"type": kind, "offset": start, "length": end - start})
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


_EXCLUSIVE = frozenset(
    {"url", "mention", "bot_command", "cashtag", "hashtag", "text_mention", "text_link", "code", "pre"}
)
