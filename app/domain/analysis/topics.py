"""Detection of a chat's topics in a message: words match without case, accents, plurals and Turkish suffixes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from app.domain.analysis.letters import fold_accents

WORD = re.compile(r"\w+(?:'\w+)?")
SUFFIXES = re.compile(
    r"(?:'?(?:s|es|ed|ing)|s?'?(?:l[ae]r)?'?(?:[iu]m[iu]z|[iu]n[iu]z|m[iu]z|n[iu]z|[iu]m|[iu]n|s[iu]|[iu]|l[ae]r[iu])?"
    r"(?:n?d[ae]n|n?t[ae]n|n?d[ae]|n?t[ae]|n?[iu]n|n?[iu]|y[iu]|y?[ae]|n[ae]|y?l[ae]|c[iu]|l[iu]|s[iu]z|l[iu]k)?"
    r"(?:k[iu]|d[iu]r|t[iu]r|l[ae]r)?)"
)
"""Endings of English and, folded, of Turkish (number, person, case), in their order."""

SOFTENED = {"k": "g", "p": "b", "t": "d"}
"""Softening of a last consonant before a vowel: ekmek, ekmeği."""

PLURAL = re.compile(r"(?<=\w{4})(?:l[ae]r|(?<!s)s)$")
POSSESSED = re.compile(r"(?<=\w{3})(?:l[ae]r|s)?[iu]$")
"""Endings of the last word of a Turkish compound: döviz kuru, merkez bankası."""

LONGEST = 32
"""Letters of a topic's first word that are compared."""

SHORTEST = 4
"""Letters below which a word may only have an s, or an ending after an apostrophe: too many would be other words."""


def find_topics(text: str, topics: Collection[str]) -> tuple[str, ...]:
    """Returns those of `topics`, spelled as given, whose words stand in `text` in sequence."""
    if not topics:
        return ()
    index = _index(tuple(topics))
    words = _words(text)
    found = [
        topic
        for place, word in enumerate(words)
        for stem in _beginnings(word)
        for topic, stems in index.get(stem, ())
        if _begin_with(words[place : place + len(stems)], stems)
    ]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=2000)
def _index(topics: tuple[str, ...]) -> Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]:
    """Returns topics with the stems of their words, by every form of the first one."""
    index: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for topic in topics:
        stems = _stems(topic)
        for form in _forms(stems[0]) if stems else ():
            index.setdefault(form, []).append((topic, stems))
    return index


def _begin_with(words: Sequence[str], stems: Sequence[str]) -> bool:
    """Returns whether `words` are forms of `stems`, pairwise."""
    pairs = enumerate(zip(words, stems, strict=False))
    return len(words) == len(stems) and all(_is_form_of(word, stem, not place) for place, (word, stem) in pairs)


def _words(text: str) -> list[str]:
    return WORD.findall(fold_accents(text))


def _stems(topic: str) -> tuple[str, ...]:
    """Returns the stems of a topic, which may be singular or plural, or a compound with its ending."""
    words = _words(topic)
    last = [POSSESSED.sub("", word) for word in words[1:][-1:]]
    return tuple(PLURAL.sub("", word) for word in [*words[: len(words) - len(last)], *last])


def _forms(stem: str) -> Iterator[str]:
    yield stem
    if len(stem) >= SHORTEST and stem[-1] in SOFTENED:
        yield stem[:-1] + SOFTENED[stem[-1]]


def _beginnings(word: str) -> Iterator[str]:
    return (word[:end] for end in range(1, min(len(word), LONGEST) + 1))


def _is_form_of(word: str, stem: str, is_first: bool) -> bool:
    """Returns whether `word` is `stem` with or without an ending. Short words are safe after a topic's first word."""
    least = SHORTEST if is_first else SHORTEST - 1
    for form in _forms(stem):
        ending = word[len(form) :]
        if not word.startswith(form) or (form != stem and not ending):
            continue
        if ending in {"", "s"} or ((len(stem) >= least or ending[0] == "'") and SUFFIXES.fullmatch(ending)):
            return True
    return False
