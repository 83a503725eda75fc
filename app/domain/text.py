"""What may not stand in a text: NUL, which Postgres refuses, and half of a surrogate pair, which UTF-8 cannot write.

https://www.postgresql.org/docs/current/datatype-character.html and https://www.rfc-editor.org/rfc/rfc3629 (section 3).
What people and servers write is mended by `storable`; what operators write is refused by `check_text`.
"""

from __future__ import annotations

import re

from app.domain.errors import InvalidInput

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

ADVICE = "which cannot be stored; remove it, or type the text anew"


def is_storable(text: str) -> bool:
    """Returns whether Postgres can store `text`."""
    return UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """Returns `text` without NUL, with U+FFFD for half a surrogate pair; two halves in a row are their character."""
    if is_storable(text):
        return text
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check_text(field: str, text: str) -> str:
    """Returns `text` unchanged. Raises InvalidInput naming `field` when it cannot be stored."""
    found = UNSTORABLE.search(text)
    if found is None:
        return text
    what = "a NUL character" if found[0] == "\x00" else "half of a character (a lone surrogate)"
    raise InvalidInput(field, f"holds {what} at position {found.start() + 1}, {ADVICE}")
