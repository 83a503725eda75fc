"""Selects the parts of a sentence from a phrasebook and fills their slots from an item."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.llm.english import ENGLISH
from sandbox.llm.prompts import Item, Stance
from sandbox.llm.tones import (
    ASKING_STYLES,
    EMOJI_STYLES,
    SHORT_STYLES,
    describes,
    read_position,
    sureness_of,
    tone_of,
)
from sandbox.llm.turkish import TURKISH
from sandbox.llm.words import contains_any, find_telling_words

EMOJI = ("🙂", "🤔", "👀", "🧐", "☕", "📈", "🌱", "🎲", "🧭", "✨")
RECENT_LINES = 8


@dataclass
class Parts:
    """The parts of one sentence; unused optional parts are empty."""

    opener: str
    body: str
    extra: str
    closer: str
    turkish: bool

    def joined(self) -> str:
        text = ""
        for part in (self.opener, self.body, self.extra, self.closer):
            if part:
                starts = not text or text[-1] in ".!?"
                text = f"{text} {capitalise(part, self.turkish) if starts else part}".strip()
        return text

    def drop_one(self) -> bool:
        """Removes the least important part; returns False when only the body is left."""
        for name in ("extra", "opener", "closer"):
            if getattr(self, name):
                setattr(self, name, "")
                return True
        return False


def capitalise(text: str, turkish: bool) -> str:
    """Capitalises the first letter of `text`; Turkish has a dotted capital for i."""
    return ("İ" if turkish and text[:1] == "i" else text[:1].upper()) + text[1:]


class Writer:
    """Fills a phrasebook's slots from one item, choosing with `rng`."""

    def __init__(self, item: Item, rng: random.Random) -> None:
        self._item = item
        self._rng = rng
        self._turkish = item.persona.language.lower().startswith("tr")
        self._book = TURKISH if self._turkish else ENGLISH
        self._target = item.task.target.text if item.task.target else ""
        self._unwanted = (item.persona.name, *self._book.profit_words)
        self._slots = self._fill_slots()

    def write_parts(self) -> Parts:
        style = self._item.persona.style.lower()
        short = describes(style, SHORT_STYLES)
        body, *others = self._write_body()
        extra = others[0] if others and self._rng.random() < 0.5 else self._pick(self._book.second_thoughts)
        with_extra = not short and self._rng.random() < 0.6
        return Parts(
            opener=self._write_opener(short),
            body=f"{body}.",
            extra=extra if with_extra else "",
            closer=self._write_closer(style),
            turkish=self._turkish,
        )

    def _write_opener(self, short: bool) -> str:
        if short and self._rng.random() < 0.5:
            return ""
        return self._pick(self._book.openers[tone_of(self._item.persona)])

    def _write_closer(self, style: str) -> str:
        asking = describes(style, ASKING_STYLES) or self._rng.random() < 0.4
        closer = self._pick(self._book.questions if asking else self._book.statements)
        return f"{closer} {self._rng.choice(EMOJI)}" if describes(style, EMOJI_STYLES) else closer

    def _write_body(self) -> list[str]:
        """Returns the lead with its clause first, then clauses left over for a second sentence."""
        book = self._book
        asked_whether_a_bot = contains_any(self._target, book.bot_words) and contains_any(
            self._target, book.address_words
        )
        if asked_whether_a_bot:
            return [f"{self._pick(book.about_being_a_bot)} {self._capitalise(self._pick(book.thoughts))}"]
        if contains_any(self._target, book.profit_words):
            return [f"{self._pick(book.about_profit)} {self._pick(book.thoughts)}"]
        clauses = self._choose_clauses()
        leads = book.reply_leads if self._target else book.topic_leads
        lead = self._pick(leads)
        first = self._capitalise(clauses[0]) if lead[-1] in ".!?" else clauses[0]
        return [f"{lead} {first}", *(f"{clause}." for clause in clauses[1:])]

    def _choose_clauses(self) -> list[str]:
        """Returns two clauses of different kinds from the persona and the chat."""
        book, slots, persona = self._book, self._slots, self._item.persona
        stance = self._choose_stance()
        kinds = [(3, book.thoughts)]
        if slots["recent"]:
            kinds.append((2, book.recents))
        if slots["symbol"] and persona.watchlist:
            kinds.append((3, book.symbols))
        if persona.holdings:
            kinds.append((1, book.holdings))
        if stance:
            kinds.append((4, book.stances))
        first = self._rng.choices([lines for _, lines in kinds], [weight for weight, _ in kinds])[0]
        second = self._rng.choice([lines for _, lines in kinds if lines is not first] or [book.thoughts])
        return [self._pick_clause(first, stance), self._pick_clause(second, stance)]

    def _pick_clause(self, lines: tuple[str, ...], stance: Stance | None) -> str:
        slots = dict(self._slots)
        if lines is self._book.holdings:
            slots["symbol"] = self._rng.choice(self._item.persona.holdings)
        if lines is self._book.stances and stance:
            slots |= {
                "topic": stance.topic or slots["topic"],
                "position": read_position(stance.position, self._book),
                "sure": self._book.sureness[sureness_of(stance)],
            }
        return self._rng.choice(lines).format_map(slots)

    def _choose_stance(self) -> Stance | None:
        """Returns a stance on the text's subject if there is one, else any stance."""
        stances = [stance for stance in self._item.persona.stances if stance.position]
        about = f"{self._target} {self._slots['topic']}".lower()
        fitting = [stance for stance in stances if stance.topic and stance.topic.lower() in about]
        return self._rng.choice(fitting or stances) if stances else None

    def _fill_slots(self) -> dict[str, str]:
        persona, chat, task, rng = self._item.persona, self._item.chat, self._item.task, self._rng
        topics = [topic for topic in (*persona.topics, *chat.topics) if topic.lower() in self._target.lower()]
        words = find_telling_words(self._target, self._unwanted)
        recent = self._recent_words(words)
        topic = task.topic or rng.choice(persona.topics or chat.topics or recent or (self._book.something,))
        asker = task.target.author.split()[0] if task.target and task.target.author.split() else ""
        return {
            "asker": asker.lstrip("@") or self._book.someone,
            "word": rng.choice([*topics, *words[:6]] or [self._book.something]),
            "topic": topic,
            "symbol": rng.choice(persona.watchlist) if persona.watchlist else "",
            "recent": rng.choice(recent) if recent else "",
        }

    def _recent_words(self, taken: Sequence[str]) -> tuple[str, ...]:
        lines = self._item.chat.lines[-RECENT_LINES:]
        text = " . ".join(line.text for line in lines if line.text != self._target)
        found = find_telling_words(text, self._unwanted)
        return tuple(word for word in found if word not in taken)

    def _pick(self, lines: tuple[str, ...]) -> str:
        return self._rng.choice(lines).format_map(self._slots)

    def _capitalise(self, text: str) -> str:
        return capitalise(text, self._turkish)
