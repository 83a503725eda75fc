"""The telling words of a text: what a sentence can pick up without repeating what somebody wrote."""

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
    """Words of `text` worth picking up, each once: cashtags, then pairs of longer words, then such words alone.

    Links, addresses, user names, commands, stop words and the words of `left_out` (the bot's own name)
    never count.
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
    """Whether one of `phrases` stands in `text` as whole words, user names and links aside."""
    plain = LEFT_OUT.sub(" ", text).lower()
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain) for phrase in phrases)


def _is_telling(word: str, unwanted: frozenset[str]) -> bool:
    return SHORTEST_WORD <= len(word) <= LONGEST_WORD and word.lower() not in unwanted
