"""Case folding for comparisons, also for Turkish."""

from __future__ import annotations

import unicodedata

TURKISH_I = str.maketrans({"İ": "i", "ı": "i"})
"""Turkish has dotted and dotless i in both cases: all four are folded to one letter, so that no match is missed."""


def fold_letters(text: str) -> str:
    """Folds compatibility forms (NFKC) and case: "ＩŞIL", "ışıl" and "Işıl" become equal."""
    return unicodedata.normalize("NFKC", text).translate(TURKISH_I).casefold()


ACCENTS = str.maketrans("çğöşüâîû’", "cgosuaiu'")


def fold_accents(text: str) -> str:
    """Folds `text`, and Turkish letters to ASCII as on a keyboard that lacks them: "Döviz" becomes "doviz"."""
    return fold_letters(text).translate(ACCENTS)
