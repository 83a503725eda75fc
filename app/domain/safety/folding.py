"""Folding of look-alike letters, hidden characters and stacked marks.

The table holds the letters that Unicode's confusables (https://www.unicode.org/reports/tr39/) map to Latin ones and
that NFKC leaves unchanged; other mappings are derived from a character's Unicode name, once per character.
"""

from __future__ import annotations

import re
import unicodedata

LOOK_ALIKES = {
    "a": "АаӒӓӐӑДдΑαάΛλᎪꓮⲀⲁɑɐΛ∀",
    "b": "ЬьЪъВвΒβᏴꓐƁ",
    "c": "СсҪҫϹϲςᏟꓚⲤⲥ",
    "d": "ԀԁδᎠꓓꭰꭱᎴÐðĐđ",
    "e": "ЕеЁёЀѐҼҽєЄЗзЭэӠӡΕΈεέξΞΣᎬꓰⲈⲉəɘɛƏ",
    "f": "Ғғꓝſƒ",
    "g": "ԌԍցᏀᎶꓖɡ",
    "h": "НнҺһҢңћЋΗΉհհᎻꓧⲎ",
    "i": "ІіЇїЙйЍѝΙΊιίϊΐꓲᎥⲒⲓɩı",
    "j": "ЈјͿϳՅյᎫꓙ",
    "k": "КкҚқЌќҜҝΚκᏦꓗⲔ",
    "l": "ӀӏԼԼᏞꓡʟⅼ∣",
    "m": "МмӍӎΜᎷꓟⲘ",
    "n": "ИПплΝηήΠπոռրꓠⲚŋ",
    "o": "ОоӦӧӨөФфΟΌοόσθΘօՕꓳⲞⲟøØɵ∅⊙",
    "p": "РрΡρքᏢꓑⲢⲣþ",
    "q": "ԚԛզգԳ",
    "r": "ЯяГгᎡꓣᏒ",
    "s": "ЅѕՏᏚꓢႽƨ",
    "t": "ТтҬҭΤτᎢꓔⲦ†",
    "u": "иЦцџμυύϋΰսՍꓴᏌ",
    "v": "ѴѵνᏙꓦʋ",
    "w": "ԜԝШшЩщѡωώաԱᎳꓪᏔɯ",
    "x": "ХхҲҳΧχꓫⲬ×✕✖",
    "y": "УуҮүҰұЎўΥΎγϒᎩꓬⲨʏ",
    "z": "ΖζᏃꓜʑƶ",
}
HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x00-\x08\x0e-\x1f\x7f-\x9f]"
)
NAMED = re.compile(
    r"(?:LATIN|CYRILLIC|MODIFIER|SQUARED|CIRCLED|PARENTHESIZED|REGIONAL|NEGATIVE|SMALL)\b.*\b(?:LETTER|CAPITAL|SMALL)"
    r"(?: SMALL)?(?: CAPITAL)?(?: [A-Z]{3,})* ([A-Z])(?: WITH .*)?$"
)
APOSTROPHES = "’‘ʼ′`´＇ʻ‛ʹ"
DASHES = "‐‑‒–—―−﹣－⁃"
QUOTES = "“”„«»‟″"
DOTS = "·∙⋅․。｡﹒．"


class Letters(dict[int, str]):
    """A table for `str.translate` that computes each character's mapping on first use."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _known() -> dict[int, str]:
    table = {ord(character): latin for latin, characters in LOOK_ALIKES.items() for character in characters}
    signs = {APOSTROPHES: "'", DASHES: "-", QUOTES: '"', DOTS: ".", "⁄∕": "/", "،、，": ","}
    table |= {ord(character): plain for characters, plain in signs.items() for character in characters}
    return {code: latin for code, latin in table.items() if code > 127} | {code: chr(code) for code in range(128)}


def _fold_character(character: str) -> str:
    """Folds one character outside ASCII to the ASCII letter or digit that it resembles, if any."""
    compatible = unicodedata.normalize("NFKD", character)
    if compatible != character:
        return compatible.translate(LETTERS)
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    named = NAMED.match(unicodedata.name(character, ""))
    if named:
        return named[1].lower() if "CAPITAL" not in unicodedata.name(character) else named[1]
    return " " if character.isspace() else character


LETTERS = Letters(_known())


def unmask(text: str) -> str:
    """Removes hidden characters and marks and makes look-alike letters Latin; case is kept."""
    if text.isascii():
        return HIDDEN.sub("", text)
    return HIDDEN.sub("", text).translate(LETTERS)


def fold(text: str) -> str:
    """Folds `text`: unmasked, in lower case, Turkish letters as their nearest Latin ones."""
    return unmask(text).casefold()
