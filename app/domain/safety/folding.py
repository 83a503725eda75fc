"""Reading a text as people read it: look-alike letters, hidden characters and stacked marks folded away.

The table holds the letters that Unicode's confusables (https://www.unicode.org/reports/tr39/) liken to Latin ones and
that compatibility forms (NFKC) leave alone; what a character's own name tells is read from there, once a character.
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
    """A table for `str.translate` that finds out about each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _known() -> dict[int, str]:
    table = {ord(character): latin for latin, characters in LOOK_ALIKES.items() for character in characters}
    signs = {APOSTROPHES: "'", DASHES: "-", QUOTES: '"', DOTS: ".", "⁄∕": "/", "،、，": ","}
    table |= {ord(character): plain for characters, plain in signs.items() for character in characters}
    return {code: latin for code, latin in table.items() if code > 127} | {code: chr(code) for code in range(128)}


def _fold_character(character: str) -> str:
    """What one character outside ASCII is read as: letters and digits in ASCII where there is a likeness."""
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
    """`text` without hidden characters and marks, look-alike letters made Latin, upper and lower case kept."""
    if text.isascii():
        return HIDDEN.sub("", text)
    return HIDDEN.sub("", text).translate(LETTERS)


def fold(text: str) -> str:
    """`text` as a reader takes it: unmasked, in lower case, Turkish letters as their nearest Latin ones."""
    return unmask(text).casefold()
