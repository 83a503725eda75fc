"""Sanitising of untrusted text for a terminal."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Returns `text` on one line, without terminal control characters."""
    return "".join("�" if unicodedata.category(sign) == "Cc" else sign for sign in " ".join(text.split()))
