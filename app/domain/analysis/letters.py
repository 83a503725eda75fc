"""Comparing words as a reader does: without regard to case, in Turkish too."""

from __future__ import annotations

import unicodedata

TURKISH_I = str.maketrans({"İ": "i", "ı": "i"})
"""Upper and lower case of i and ı are crossed in Turkish: to a comparison that must hit, all four are one letter."""


def fold_letters(text: str) -> str:
    """`text` with compatibility forms unified (NFKC) and case removed: "ＩŞIL", "ışıl" and "Işıl" become equal."""
    return unicodedata.normalize("NFKC", text).translate(TURKISH_I).casefold()


ACCENTS = str.maketrans("çğöşüâîû’", "cgosuaiu'")


def fold_accents(text: str) -> str:
    """`text` folded, and Turkish letters as they are typed on a keyboard that lacks them: "Döviz" becomes "doviz"."""
    return fold_letters(text).translate(ACCENTS)
