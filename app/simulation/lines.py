"""Generates people's lines: unique within a run, and without accidental mentions of a bot's name."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.simulation.phrases import ENDINGS, QUESTIONS, REMARKS, SMALL_TALK, SUBJECTS

ATTEMPTS = 200


@dataclass(frozen=True)
class BotName:
    """The names of a bot. `hears_name` is False for a bot in privacy mode, which only gets `@username`."""

    id: int
    username: str
    display: str
    hears_name: bool = True


class OutOfWordsError(RuntimeError):
    """Every possible line was used already."""


class Lines:
    """Generates lines with `rng` and remembers them, so that each is unique."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._said: set[str] = set()
        self._by_name = rng.random() < 0.5

    def address(self, bot: BotName) -> str:
        """Returns a question or remark for `bot`, alternately by `@username` and by its display name."""
        self._by_name = not self._by_name
        name = bot.display if self._by_name and bot.hears_name else f"@{bot.username}"
        return self._find_new(lambda: self._write_address(name))

    def chat(self, avoid: Iterable[str]) -> str:
        """Returns a line addressed to nobody that contains none of the words `avoid`, such as the bots' names."""
        unwanted = [name.lower() for name in avoid if name]
        return self._find_new(lambda: self._rng.choice(SMALL_TALK).format(subject=self._rng.choice(SUBJECTS)), unwanted)

    def _write_address(self, name: str) -> str:
        line = self._rng.choice((*QUESTIONS, *REMARKS)).format(subject=self._rng.choice(SUBJECTS))
        separator = ", " if not name.startswith("@") else " "
        return f"{name}{separator}{line}"

    def _find_new(self, write: Callable[[], str], unwanted: Iterable[str] = ()) -> str:
        for attempt in range(ATTEMPTS):
            text = write()
            if attempt > ATTEMPTS // 4:
                text = f"{text} {' '.join(self._rng.sample(ENDINGS, self._rng.randint(1, 3)))}"
            if text not in self._said and not any(word in text.lower() for word in unwanted):
                self._said.add(text)
                return text
        raise OutOfWordsError("people: every line was said; run for a shorter time or less often")
