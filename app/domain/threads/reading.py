"""Features of one message's text: words, named people, and kind of remark."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.domain.analysis.letters import fold_letters

EDGES = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»“”‘’…¿¡"
DIGITS = "0123456789"
STEM = 7
"""Letters of a stem: "partition" and "partitions" are one word, as are a Turkish word and its endings."""

OPENERS = re.compile(
    r"^(?:@?\w+[,:]\s*)?(?:who|what|when|where|why|how|which|is|are|do|does|did|can|could|should|would|will|any(?:one|body)|"
    r"kim|ne|neden|niye|nas[ıi]l|hangi|ka[çc]|nerede)\b",
    re.IGNORECASE,
)
TURKISH_PARTICLE = re.compile(r"\bm[ıiuü](?:y[ıiuü]z|s[ıiuü]n|y[ıiuü]m)?\b[\s.!]*$", re.IGNORECASE)
"""Signs of a question, for this model only: its weights were fitted with exactly these."""

LONGEST_PREFIX = 3
LINK = re.compile(r"https?://|www\.")
ADDRESS = re.compile(r"^\W{0,3}(\S{1,32}?)\s?[:,]+(?:\s|$)")
GREETINGS = frozenset("hi hello hey hey hiya morning evening greetings yo merhaba selam selamlar günaydin slm".split())
THANKS = frozenset("thanks thank thx ty cheers thankyou tnx sağol sagol teşekkürler tesekkurler eyvallah".split())
ANSWERS = frozenset("yes no yeah yep nope yea ok okay sure right true nah evet hayir tamam olur yok var".split())
SEQUELS = frozenset("and or but so because then also which like ** * ve veya ama çünkü yani sonra".split())
LAUGHTER = re.compile(r"^(?:lo+l|(?:ha){2,}h?|he(?:he)+|rofl|lmao|[:;=][-']?[)dp(/|]+|\^\^)$")
INDEFINITE = frozenset("anyone anybody someone somebody everyone all folks guys kimse birisi biri".split())
SECOND_PERSON = frozenset("you your youre you're u ur sen siz sana size senin sizin".split())
FIRST_PERSON = frozenset("i im i'm my me i've ive mine ben bana benim bende".split())
THIRD_THINGS = frozenset("it that this they them he she its it's thats that's bu şu o onu bunu".split())


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` are stems without names; `addressed` are the people named at its start, `named` all people in it.

    `marks` are numbers from 0 to about 5, in the order of `read_marks`; `weight` is the sum of the words' rarity.
    """

    words: frozenset[str]
    addressed: tuple[str, ...]
    named: frozenset[str]
    marks: tuple[float, ...]
    weight: float


class Reader:
    """Reader of texts. `rarity` is the log of one over the share of messages with a stem, `unseen` that of others."""

    def __init__(self, rarity: Mapping[str, float], unseen: float) -> None:
        self._rarity = rarity
        self._unseen = unseen

    def rarity_of(self, words: Collection[str]) -> float:
        """Returns the rarity of `words` together."""
        rarity, unseen = self._rarity, self._unseen
        return sum(rarity.get(word, unseen) for word in words)

    def read(self, text: str, names: Mapping[str, str]) -> Reading:
        """Reads a text in a chat whose people (values) have these `names` (folded keys)."""
        folded = fold_letters(text)
        tokens = folded.split()
        bare = [token.strip(EDGES) for token in tokens]
        addressed, stranger = self._addressed(folded, tokens, bare, names)
        named = {names[word] for word in bare if word in names and self._is_name(word)}
        named.update(names[token[1:]] for token in tokens if token[0] == "@" and token[1:] in names)
        named.update(addressed)
        words = frozenset(word[:STEM] for word in bare if len(word) > 1 and word not in names)
        marks = (*read_marks(text, tokens, bare), float(bool(addressed)), float(stranger), float(len(named)))
        return Reading(words, addressed, frozenset(named), marks, self.rarity_of(words))

    def _addressed(
        self, folded: str, tokens: list[str], bare: list[str], names: Mapping[str, str]
    ) -> tuple[tuple[str, ...], bool]:
        """Returns whom the text addresses at its start, and whether it begins like an address of an unknown person."""
        found: list[str] = []
        for token, word in zip(tokens[:LONGEST_PREFIX], bare, strict=False):
            name = names.get(token.rstrip(":,")) or names.get(word)
            if name is None or not (self._is_name(word) or token[-1] in ":,"):
                break
            found.append(name)
        if found:
            return tuple(dict.fromkeys(found)), False
        match = ADDRESS.match(folded)
        if match is None:
            return (), False
        start = match.group(1).strip(EDGES)
        meant = {names[name] for name in names if name.startswith(start)} if len(start) >= 4 else set()
        return (tuple(meant), False) if len(meant) == 1 else ((), start not in self._rarity)

    def _is_name(self, word: str) -> bool:
        return len(word) > 2 and word[:STEM] not in self._rarity


def names_of(author: str, username: str) -> set[str]:
    """Returns the folded names of `author`: full, without ornaments, its first word, and the username."""
    key = fold_letters(author).strip()
    words = [word.strip(EDGES) for word in key.split()]
    root = key.split("|")[0].split("[")[0].rstrip(EDGES + DIGITS)
    forms = (key, key.strip(EDGES), "".join(words), *words[:1], root, fold_letters(username))
    return {name for name in forms if len(name) > 1}


def read_marks(text: str, tokens: list[str], bare: list[str]) -> tuple[float, ...]:
    """Returns the kind of remark of a text as numbers."""
    said = set(bare)
    first = bare[0] if bare else ""
    second = bare[1] if len(bare) > 1 else ""
    return (
        float("?" in text),
        float(_asks(text)),
        float(OPENERS.match(text.strip()) is not None),
        float(not said.isdisjoint(GREETINGS)),
        float(not said.isdisjoint(THANKS)),
        float(first in ANSWERS or second in ANSWERS),
        float(first in SEQUELS),
        float(tokens[0][0] in "*^." if tokens else 0),
        float(any(map(LAUGHTER.match, tokens[:3]))),
        float(LINK.search(text) is not None),
        float(text[:1] == "!"),
        float(not said.isdisjoint(INDEFINITE)),
        float(not said.isdisjoint(SECOND_PERSON)),
        float(not said.isdisjoint(FIRST_PERSON)),
        float(not said.isdisjoint(THIRD_THINGS)),
        math.log1p(len(bare)),
        float("," in text or "." in text),
    )


def _asks(text: str) -> bool:
    stripped = text.strip()
    return "?" in stripped or bool(OPENERS.match(stripped)) or bool(TURKISH_PARTICLE.search(stripped))
