"""Keywords of a text, which a sentence can use without repeating the whole text."""

import re
from collections.abc import Iterable
from importlib.resources import files
from itertools import pairwise

LONGEST_WORD = 18
SHORTEST_WORD = 5
LEFT_OUT = re.compile(r"https?://\S+|\S+@\S+|@\w+|/\w+")
SYMBOL = re.compile(r"\$([A-Za-z]{2,6})\b")
STOP_WORDS = frozenset(files("sandbox.llm").joinpath("stop_words.txt").read_text("utf-8").split())
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")


def find_telling_words(text: str, left_out: Iterable[str] = ()) -> tuple[str, ...]:
    """Returns keywords of `text`, each once: cashtags, then pairs of longer words, then single longer words.

    Links, addresses, user names, commands, stop words and the words of `left_out` (the bot's own name) are excluded.
    """
    plain = LEFT_OUT.sub(" . ", text)
    unwanted = {word.lower() for name in left_out for word in WORD.findall(name)}
    symbols = [symbol.upper() for symbol in SYMBOL.findall(plain)]
    words = [word for word in WORD.findall(plain) if _is_telling(word, STOP_WORDS | unwanted)]
    pairs = [
        f"{first} {second}"
        for first, second in pairwise(words)
        if f"{first} {second}" in plain and len(first) + len(second) <= LONGEST_WORD
    ]
    return tuple(dict.fromkeys([*symbols, *pairs, *words]))


def contains_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether `text` contains one of `phrases` as whole words, ignoring user names and links."""
    plain = LEFT_OUT.sub(" ", text).lower()
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain) for phrase in phrases)


def _is_telling(word: str, unwanted: frozenset[str]) -> bool:
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.lower() not in unwanted
