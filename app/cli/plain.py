"""Words of strangers on a terminal."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """`text` on one line, without the control characters by which it could command the terminal."""
    return "".join("�" if unicodedata.category(sign) == "Cc" else sign for sign in " ".join(text.split()))
