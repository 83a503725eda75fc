"""Sentences for a persona, from a written stock of turns: the same for equal items, different for different ones.

No model stands behind them. A turn takes up what was asked or said (turns.py), adds the persona's view of it, and, as
`max_words` allows, a beginning in its tone and an ending. It promises no profit and never claims to be a person.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.llm.prompts import Item
from sandbox.llm.subjects import Subject, find_subject
from sandbox.llm.turns import Stock, Tone, choose, stock_of
from sandbox.llm.words import contains_any

ATTEMPTS = 12
ALIKE = 0.5
"""Share of words in common from which on two texts say the same."""

EMOJI = ("🙂", "🤔", "👀", "🧐", "☕", "📈", "🌱", "🎲", "🧭", "✨")
ASKING = ("question", "asks", "socratic", "soru")
SHORT = ("short", "terse", "brief", "laconic", "concise", "kısa", "özlü")
PLACES = ("lead", "core", "view", "more", "note", "close")
SMALL_ROOM = 16
"""Words below which an opening is often the view alone, after its subject."""

FINANCE = ("markets", "crypto", "prices")
REPLIES = (("agree", 35), ("doubt", 25), ("back", 25), ("joke", 15))
WORD = re.compile(r"\w+")
SENTENCE = re.compile(r"[^.!?]+")
NOTICED_WORDS = 4
"""A sentence of so many words is not said twice within what a chat shows."""


def compose_all(items: Sequence[Item]) -> list[str]:
    """Returns a sentence for each item, none like another as far as the stock allows."""
    texts: list[str] = []
    for item in items:
        texts.append(compose(item, avoid=texts))
    return texts


def compose(item: Item, avoid: Iterable[str] = ()) -> str:
    """Returns the sentence for one item, of at most `task.max_words` words.

    It is unlike those of `avoid` and unlike what the chat shows, unless twelve attempts find nothing new.
    """
    shown = [*avoid, *(line.text for line in item.chat.lines)]
    said = [_words_of(text) for text in shown]
    sentences = {one for text in shown for one in _sentences_of(text)}
    stock = stock_of(item.persona.language)
    subject = find_subject(item, stock, random.Random(item.seed))
    text = ""
    for attempt in range(ATTEMPTS):
        text = Turn(item, stock, subject, random.Random(item.seed + attempt)).write()
        words = _words_of(text)
        if sentences.isdisjoint(_sentences_of(text)) and not any(_alike(words, other) for other in said):
            break
    return text


@dataclass
class Turn:
    """One turn of a persona on a subject, chosen with `rng`."""

    item: Item
    stock: Stock
    subject: Subject
    rng: random.Random

    def __post_init__(self) -> None:
        self.limit = self.item.task.max_words
        target = self.item.task.target
        self.heard = target.text if target else ""
        self.asker = (target.author.split() or [""])[0].lstrip("@") if target else ""

    def write(self) -> str:
        """Returns the turn: its core, then what else fits, in order of importance."""
        core, alone = self._core()
        parts = {"core": core}
        extras = () if alone else self._extras("?" in core)
        for place, line in extras:
            longer = {**parts, place: line}
            if _count(longer.values()) <= self.limit:
                parts = longer
        if core.endswith(":") and "view" not in parts:
            parts["core"] = f"{core[:-1]}."
        text = " ".join(parts[place] for place in PLACES if place in parts)
        return self._finish(text)

    def _core(self) -> tuple[str, bool]:
        """Returns the part that takes up what was said, and whether it stands alone."""
        words = self.stock.words
        if contains_any(self.heard, words["bot_words"]) and contains_any(self.heard, words["address_words"]):
            return self._fit(self.stock.lines["bot"]), True
        if contains_any(self.heard, words["profit_words"]):
            return self._fit(self.stock.lines["profit"]), True
        core = self._fit(self._lines(), self.limit)
        if core:
            return core, False
        return self._short(), True

    def _short(self) -> str:
        """Returns a turn for little room: a view, or a few words, with the subject before them where it fits."""
        text = self._fit((*self._views(), *self.stock.lines["short"]), self.limit)
        text = text or self._fit(self.stock.lines["short"])
        named = f"{self._capitalise(self.subject.phrase)}? {text}"
        known = self.subject.phrase != self.stock.words["something"]
        return named if known and self.rng.random() < 0.7 and _count([named]) <= self.limit else text

    def _lines(self) -> Sequence[str]:
        """Returns the lines of the act that fits what was said."""
        if not self.heard:
            bare = [f"{{subject}}: {line}" for line in (*self._views(), *self.subject.topic.views["unsure"])]
            return bare if self.limit < SMALL_ROOM and self.rng.random() < 0.5 else self.stock.lines["open"]
        lower = self.heard.lower()
        kinds = [kind for kind in self.stock.asked if any(word in lower for word in kind.words)]
        if kinds:
            return kinds[0].lines
        if "?" in self.heard:
            return self.stock.asked[-1].lines
        act = self.rng.choices([act for act, _ in REPLIES], [weight for _, weight in REPLIES])[0]
        return self.stock.said[act]

    def _fit(self, lines: Sequence[str], limit: int | None = None) -> str:
        """Returns a line of at most `limit` words, filled in; empty when none is short enough.

        A line that ends in a colon needs a view after it, and room for one.
        """
        room = self.limit - 14
        for line in self.rng.sample(lines, len(lines)):
            text = self._fill(line)
            if limit is None or _count([text]) <= (room if text.endswith(":") else limit):
                return text
        return ""

    def _views(self) -> Sequence[str]:
        return self.subject.topic.views[self.subject.stand]

    def _extras(self, asks: bool) -> list[tuple[str, str]]:
        """Returns what may follow the core, the most important first: (place, line)."""
        rng, lines = self.rng, self.stock.lines
        style = f"{self.item.persona.style} {self.item.persona.tone}".lower()
        found: list[tuple[str, str]] = []
        if self.subject.stance and rng.random() < 0.6:
            found.append(("view", self._fill(rng.choice(lines["stance"]))))
        topic, general = self.subject.topic, self.stock.topics[-1]
        views = [*self._views(), *topic.views["unsure"], *topic.jokes, *general.views[self.subject.stand]]
        first = rng.choice(self.subject.topic.jokes if rng.random() < 0.15 else self._views())
        found += [("view", self._fill(first)), ("view", self._fill(rng.choice(self._views())))]
        if rng.random() < 0.75:
            found.append(("more", self._fill(rng.choice([line for line in views if line != first]))))
        asking = any(sign in style for sign in ASKING)
        if not asks and (asking or rng.random() < 0.3):
            found.append(("close", self._fill(rng.choice(lines["close_asking"]))))
        elif rng.random() < 0.25:
            found.append(("close", self._fill(rng.choice(lines["close"]))))
        if self.heard and rng.random() < (0.1 if any(sign in style for sign in SHORT) else 0.35):
            found.append(("lead", self._fill(rng.choice(self._tone().leads))))
        if self.subject.topic.name in FINANCE and rng.random() < 0.3:
            found += self._note()
        return _first_of_each(found, self.limit)

    def _note(self) -> list[tuple[str, str]]:
        """Returns a remark on what the persona watches, or holds on paper."""
        persona, lines = self.item.persona, self.stock.lines
        if persona.holdings and self.rng.random() < 0.3:
            return [("note", self._fill(self.rng.choice(lines["holdings"]), self.rng.choice(persona.holdings)))]
        if persona.watchlist:
            return [("note", self._fill(self.rng.choice(lines["symbols"]), self.rng.choice(persona.watchlist)))]
        return []

    def _tone(self) -> Tone:
        described = f"{self.item.persona.tone} {self.item.persona.style}".lower()
        tones = self.stock.tones
        return next((tone for tone in tones if any(word in described for word in tone.words)), tones[-1])

    def _fill(self, line: str, symbol: str = "") -> str:
        stance = self.subject.stance
        filled = choose(line, self.rng).format(
            subject=self.subject.phrase,
            asker=self.asker or self.stock.words["someone"],
            topic=stance.topic if stance else self.subject.phrase,
            position=stance.position.rstrip(". ") if stance else "",
            symbol=symbol,
        )
        return self._capitalise(filled)

    def _capitalise(self, text: str) -> str:
        """Capitalises the first letter; Turkish has a dotted capital for i."""
        turkish = self.stock.language == "tr"
        return ("İ" if turkish and text[:1] == "i" else text[:1].upper()) + text[1:]

    def _finish(self, text: str) -> str:
        words = text.split()
        if len(words) > self.limit:
            text = " ".join(words[: self.limit]).rstrip(",:;.?") + "."
        elif "emoji" in self.item.persona.style.lower() and len(words) < self.limit:
            text = f"{text} {self.rng.choice(EMOJI)}"
        return text


def _first_of_each(found: list[tuple[str, str]], limit: int) -> list[tuple[str, str]]:
    """Keeps the first line of each place that is not longer than the whole limit."""
    kept: dict[str, str] = {}
    for place, line in found:
        if place not in kept and _count([line]) <= limit:
            kept[place] = line
    return list(kept.items())


def _count(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower()))


def _sentences_of(text: str) -> set[str]:
    """Returns the sentences of a text that are long enough to be noticed again."""
    return {one.strip().lower() for one in SENTENCE.findall(text) if len(one.split()) >= NOTICED_WORDS}


def _alike(first: frozenset[str], second: frozenset[str]) -> bool:
    union = len(first | second)
    return union > 0 and len(first & second) / union >= ALIKE
