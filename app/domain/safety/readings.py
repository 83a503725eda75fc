"""Readings of a folded text: as it is, and with split, stretched or digit-masked words repaired."""

from __future__ import annotations

import re

from app.domain.safety.vocabulary import LESS_UNKNOWN, LONG, TELLING, WORDS, cut_words

GAP = r"[\s.\-_*~·•|/\\,+=:;'\"()\[\]]"
SPACED = re.compile(rf"(?<![^\W_])(?:[^\W_]{GAP}{{1,3}}){{2,}}[^\W_](?![^\W_])")
GAPS = re.compile(rf"{GAP}+")
ABBREVIATED = re.compile(r"(?<![\w.])([a-z])\.([a-z])\.?(?![\w.])")
INNER_MARKS = re.compile(r"(?<=\w)[*_~`|^\\]+(?=\w)")
STRETCHED = re.compile(r"([a-z])\1{2,}")
STRETCHED_WORD = re.compile(r"\b\w*?([a-z])\1{2,}\w*")
TOKEN = re.compile(r"[^\W_]+")
LONG_TOKEN = re.compile(r"[^\W_]{10,}")
SEPARATORS = re.compile(r"[\W_]+")
LONG_WORD = re.compile("|".join(sorted(LONG, key=len, reverse=True)))
LEET_TOKEN = re.compile(r"(?=[^\s]*[a-z])(?=[^\s]*[0-9@$€£¥¢§!|©®+])[a-z0-9@$€£¥¢§!|©®+]{3,}")
LEET = {
    **{"0": "o", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"},
    **{"€": "e", "£": "l", "¥": "y", "¢": "c", "§": "s", "©": "c", "®": "r", "+": "t"},
}
AS_I = str.maketrans({**LEET, "1": "i", "!": "i", "|": "i"})
AS_L = str.maketrans({**LEET, "1": "l", "!": "l", "|": "l"})
ECHOED = re.compile(r"\b(\w{2,20})(?:[\s,]+\1\b){2,}")
PIECES = 3
CHARACTERS_APART = re.compile(r"(?<!\S)(?:\S\s){3,}\S(?!\S)")


def read_words(folded: str) -> tuple[str, ...]:
    """Returns `folded` and its repaired versions that differ; all of them must be checked."""
    folded = ECHOED.sub(r"\1", folded)
    drawn_out = STRETCHED.search(folded) is not None
    plain = STRETCHED_WORD.sub(_unstretch, folded) if drawn_out else folded
    mended = _mend(plain)
    found = [plain, mended, STRETCHED.sub(r"\1\1", folded)] if drawn_out else [plain, mended]
    if LEET_TOKEN.search(mended):
        found += [_mend(_spell_out(plain, table)) for table in (AS_I, AS_L)]
    return tuple(dict.fromkeys(found))


def is_masked(folded: str) -> bool:
    """Returns whether words of `folded` are stretched, repeated, or written with digits and signs for letters."""
    return (
        STRETCHED.search(folded) is not None
        or LEET_TOKEN.search(folded) is not None
        or ECHOED.search(folded) is not None
    )


def _spell_out(text: str, table: dict[int, str]) -> str:
    """Replaces digits and signs inside the words of `text` by the letters of `table`."""
    return LEET_TOKEN.sub(lambda match: match[0].rstrip("!").translate(table), text)


def tighten(text: str) -> str:
    """Joins single characters with spaces between them, signs included: "w w w . a b c . c o m" is an address."""
    return CHARACTERS_APART.sub(lambda match: "".join(match[0].split()), text)


def _unstretch(match: re.Match[str]) -> str:
    """Shortens stretched letters of a word: "freeeee" to two of them if that makes a word, else to one."""
    twice = STRETCHED.sub(r"\1\1", match[0])
    return twice if twice in WORDS else STRETCHED.sub(r"\1", match[0])


def _mend(text: str) -> str:
    text = ABBREVIATED.sub(r"\1\2", INNER_MARKS.sub("", SPACED.sub(_unspace, text)))
    text = LONG_TOKEN.sub(_cut_run_together, text)
    hidden = (word for word in LONG_WORD.findall(SEPARATORS.sub("", text)) if word not in text)
    return _join_pieces(text) if any(hidden) else text


def _unspace(match: re.Match[str]) -> str:
    """Joins spaced letters to words: a gap wider than the narrowest ends a word."""
    run = match[0]
    gaps = GAPS.findall(run)
    narrow = min(map(len, gaps))
    if any(len(gap) > narrow for gap in gaps):
        wide = re.compile(rf"{GAP}{{{narrow + 1},}}")
        return " ".join(GAPS.sub("", part) for part in wide.split(run))
    joined = GAPS.sub("", run)
    return cut_words(joined) or joined


def _cut_run_together(match: re.Match[str]) -> str:
    word = match[0]
    if word in WORDS or not TELLING.search(word):
        return word
    return cut_words(word, LESS_UNKNOWN) or word


def _join_pieces(text: str) -> str:
    """Joins two or three pieces that make a long word of the rules, such as "guar anteed"."""
    tokens = list(TOKEN.finditer(text))
    at = 0
    parts: list[str] = []
    index = 0
    while index < len(tokens):
        size = _pieces_from(text, tokens, index)
        if size > 1:
            parts += [text[at : tokens[index].start()], "".join(t[0] for t in tokens[index : index + size])]
            at = tokens[index + size - 1].end()
        index += size
    return "".join([*parts, text[at:]]) if parts else text


def _pieces_from(text: str, tokens: list[re.Match[str]], index: int) -> int:
    """Returns how many tokens from `index` on are the pieces of one word; 1 when none are."""
    joined = tokens[index][0]
    for size in range(2, min(PIECES, len(tokens) - index) + 1):
        last, token = tokens[index + size - 2], tokens[index + size - 1]
        if token.start() - last.end() > 1:
            break
        joined += token[0]
        if joined in LONG:
            return size
    return 1
