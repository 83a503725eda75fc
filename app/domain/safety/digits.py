"""Conversion of spelled numbers, in English and Turkish, to digits: "five double two", "beş yüz otuz iki"."""

from __future__ import annotations

import re

UNITS = {
    **{"zero": 0, "oh": 0, "nought": 0, "naught": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
    **{"seven": 7, "eight": 8, "nine": 9, "sifir": 0, "bir": 1, "iki": 2, "uc": 3, "dort": 4, "bes": 5, "alti": 6},
    **{"yedi": 7, "sekiz": 8, "dokuz": 9, "fife": 5, "niner": 9},
}
TEENS = {
    **{"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16},
    **{"seventeen": 17, "eighteen": 18, "nineteen": 19},
}
TENS = {
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
    **{
        "on": 10,
        "yirmi": 20,
        "otuz": 30,
        "kirk": 40,
        "elli": 50,
        "altmis": 60,
        "yetmis": 70,
        "seksen": 80,
        "doksan": 90,
    },
}
REPEATS = {"double": 2, "triple": 3, "cift": 2}
HUNDRED = frozenset({"hundred", "yuz"})
NAMES = "|".join(sorted({*UNITS, *TEENS, *TENS, *REPEATS, *HUNDRED, "and", r"\d+"}, key=len, reverse=True))
RUN = re.compile(rf"(?<![a-z0-9])(?:{NAMES})(?:[\s,.\-/]+(?:{NAMES}))+(?![a-z0-9])")
SPELLED = re.compile("|".join(sorted({*UNITS, *TEENS, *TENS}, key=len, reverse=True)))
WORD = re.compile(r"[a-z]+|\d+")
DIALLED = "tel"
"""Prefix of a number that was spelled digit by digit, as only telephone numbers are."""

LEAST = 7
"""Least digits to convert, those of a telephone number; shorter numbers stay words."""


def spell_digits(folded: str) -> str:
    """Converts runs of spelled numbers in `folded` to digits, if they have seven or more together."""
    if not SPELLED.search(folded):
        return folded
    return RUN.sub(_as_digits, folded)


def _as_digits(match: re.Match[str]) -> str:
    words = WORD.findall(match[0])
    if sum(not word.isdigit() for word in words) < 2:
        return match[0]
    digits = "".join(_read(words))
    if len(digits) < LEAST:
        return match[0]
    one_by_one = sum(word in UNITS or word in REPEATS for word in words) >= LEAST
    return f"{DIALLED} {digits}" if one_by_one else digits


def _read(words: list[str]) -> list[str]:
    """Returns the numbers of a run in order, each as digits; hundreds, tens and units are combined."""
    groups: list[str] = []
    value, repeat = None, 1
    for word in [*words, ""]:
        if word == "and":
            continue
        joined = _continue(value, word)
        if joined is not None:
            value = joined
            continue
        if value is not None:
            groups.append(str(value) * repeat)
            repeat = 1
        repeat = REPEATS.get(word, repeat)
        value = _first(word)
        if word.isdigit():
            groups.append(word)
    return groups


def _first(word: str) -> int | None:
    if word in HUNDRED:
        return 100
    return UNITS.get(word, TEENS.get(word, TENS.get(word)))


def _continue(value: int | None, word: str) -> int | None:
    """Returns the number of `value` combined with `word`; None when `word` begins a new one."""
    if not value:
        return None
    if word in HUNDRED and value < 10:
        return value * 100
    if value % 100 == 0 and (word in TENS or word in TEENS):
        return value + TENS.get(word, TEENS.get(word, 0))
    if value >= 10 and value % 10 == 0 and not 10 < value % 100 < 20 and UNITS.get(word):
        return value + UNITS[word]
    return None
