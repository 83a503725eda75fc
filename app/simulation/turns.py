"""Scheduling of turns: their times, and who takes the next one."""

import random
from collections.abc import Iterator, Sequence

from app.simulation.lines import BotName


def turn_times(every: float, start: float, end: float) -> Iterator[float]:
    """Yields the seconds of the turns: `start`, then each `every` seconds, all before `end`; none when `every` is 0."""
    count = 0
    while every > 0 and (at := start + count * every) < end:
        yield at
        count += 1


def stagger(start: float, every: float, place: int, places: int) -> float:
    """Returns the first turn of chat `place` of `places`, so that the chats' turns are spread evenly over `every`."""
    return start + every * place / places


class Rounds:
    """Picks bots in shuffled rounds: each once before any repeats, and none twice in a row where there is a choice."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._waiting: list[int] = []
        self._last: int | None = None

    def take(self, bots: Sequence[BotName]) -> BotName | None:
        """Returns the next of `bots`, those in the chat now; None when there are none."""
        present = {bot.id: bot for bot in bots}
        self._waiting = [bot_id for bot_id in self._waiting if bot_id in present]
        if not self._waiting:
            self._waiting = list(present)
            self._rng.shuffle(self._waiting)
            if len(self._waiting) > 1 and self._waiting[-1] == self._last:
                self._waiting.insert(0, self._waiting.pop())
        if not self._waiting:
            return None
        self._last = self._waiting.pop()
        return present[self._last]
