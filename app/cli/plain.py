"""Sanitising of untrusted text for a terminal."""

from __future__ import annotations

import unicodedata

UNSHOWN = frozenset({"Cc", "Cs"})


def plain(text: str) -> str:
    """Returns `text` on one line, without terminal control characters and halves of surrogate pairs."""
    return "".join("�" if unicodedata.category(sign) in UNSHOWN else sign for sign in " ".join(text.split()))
