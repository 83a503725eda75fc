"""What may not stand in a text: NUL, which Postgres refuses, and half of a surrogate pair, which UTF-8 cannot write.

https://www.postgresql.org/docs/current/datatype-character.html and https://www.rfc-editor.org/rfc/rfc3629 (section 3).
What people and servers write is mended by `storable`; what operators write is refused by `check_text`.
"""

from __future__ import annotations

import re
from typing import Any

from app.domain.errors import InvalidInput

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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
    problem = find_problem(text)
    if problem:
        raise InvalidInput(field, f"{problem}; remove it, or type the text anew")
    return text


def check_setting(value: Any) -> Any:
    """Returns the value of an environment variable. Raises ValueError when it is a text that cannot be stored."""
    problem = find_problem(value) if isinstance(value, str) else None
    if problem:
        raise ValueError(f"{problem}; write it in UTF-8")
    return value


def find_problem(text: str) -> str | None:
    """Returns what cannot be stored in `text` and where; None when it can."""
    found = UNSTORABLE.search(text)
    if found is None:
        return None
    what = "a NUL character" if found[0] == "\x00" else "half of a character (a lone surrogate)"
    return f"holds {what} at position {found.start() + 1}, which cannot be stored"
