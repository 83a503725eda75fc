"""Folding of case, accents and Turkish letters for comparisons. Look-alike letters: app/domain/safety/folding.py."""

from __future__ import annotations

import re
import unicodedata

TURKISH_I = str.maketrans({"İ": "i", "ı": "i"})
"""Turkish has dotted and dotless i in both cases: all four are folded to one letter, so that no match is missed."""

ACCENTS = str.maketrans("çğöşüâîû’", "cgosuaiu'")

MARKS = "[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff](?<![иуИУ]\u0306)(?<![іІ]\u0308)"
"""What a folded name lacks: marks of Latin, Greek and Cyrillic letters, and what nobody sees.

й, ў and ї are letters of their own; marks of other scripts are vowels. Python and Postgres read this expression alike.
"""

PLAIN = {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ð": "d", "ς": "σ", "’": "'", "ʼ": "'", "‘": "'"}
"""Letters that Unicode does not decompose, as keyboards without them write them; one letter each."""

SPELT_OUT = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}

_MARKS = re.compile(MARKS)
_LOWER = PLAIN | SPELT_OUT
_PLAIN = str.maketrans(
    {letter.upper(): plain.upper() for letter, plain in _LOWER.items() if len(letter.upper()) == 1}
    | _LOWER
    | {"ẞ": "SS"}
)


def fold_letters(text: str) -> str:
    """Folds compatibility forms (NFKC) and case: "ＩŞIL", "ışıl" and "Işıl" become equal."""
    return unicodedata.normalize("NFKC", text).translate(TURKISH_I).casefold()


def fold_accents(text: str) -> str:
    """Folds `text`, and Turkish letters to ASCII as on a keyboard that lacks them: "Döviz" becomes "doviz"."""
    return fold_letters(text).translate(ACCENTS)


def fold_name(text: str) -> str:
    """Folds a name: "İPEK", "ipek" and "Ipek" become equal, and so do "Zoë", "ZOË" and "zoe".

    For sign-in, search and names in messages. Postgres folds stored names by the same rules (app/models/folding.py).
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(remove_accents(text).lower().replace("ς", "σ").split())


def remove_accents(text: str) -> str:
    """Returns `text` in plain letters: "Işık" as "Isik". Removes marks and what nobody sees; case is kept."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)
