"""Removal of invisible characters, which a model would read, from what people write.

Joiners are kept inside emoji (https://unicode.org/reports/tr51/) and in the scripts that need them, a variation
selector after its emoji, tags in the flags of England, Scotland and Wales.
"""

from __future__ import annotations

import re
import unicodedata

UNSEEN = re.compile(
    "[\x00\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
TAG = str.maketrans({chr(code): chr(0xE0000 + code) for code in range(0x20, 0x7F)})
FLAG = re.compile("|".join(f"\U0001f3f4{land.translate(TAG)}\U000e007f" for land in ("gbeng", "gbsct", "gbwls")))
JOINERS = frozenset("\u200c\u200d")
MARKS = frozenset("\u200e\u200f\u061c")
EMOJI_STYLE = "\ufe0f"
KEYCAP = "\u20e3"
MODIFIERS = range(0x1F3FB, 0x1F400)
JOINING_SCRIPTS = range(0x0600, 0x0E00)
"""Arabic to Sinhala: https://www.unicode.org/versions/latest/core-spec/chapter-23/ (joiners)."""

RIGHT_TO_LEFT = frozenset({"R", "AL"})


def strip_unseen(text: str) -> str:
    """Returns `text` without characters that are invisible in their place."""
    if not UNSEEN.search(text):
        return text
    kept = {at for flag in FLAG.finditer(text) for at in range(*flag.span())}
    turned = any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text if letter.isalpha())
    out: list[str] = []
    for at, character in enumerate(text):
        if at in kept or not UNSEEN.match(character) or _shows(character, out, text[at + 1 : at + 2], turned):
            out.append(character)
    return "".join(out)


def _shows(character: str, before: list[str], after: str, turned: bool) -> bool:
    """Returns whether an invisible character changes how its neighbours are shown."""
    last = before[-1] if before else ""
    if not last:
        return False
    if character == EMOJI_STYLE:
        return _is_emoji(last) or (after == KEYCAP and last in "0123456789#*")
    if character in JOINERS:
        joins = _is_emoji(last) or last == EMOJI_STYLE or ord(last) in MODIFIERS
        scripted = ord(last) in JOINING_SCRIPTS and bool(after) and ord(after) in JOINING_SCRIPTS
        return scripted or (character == "\u200d" and joins and _is_emoji(after))
    return character in MARKS and turned and last not in MARKS


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) == "So" or character in "‼⁉©®↔↕↖↗↘↙↩↪▶◀♀♂")
