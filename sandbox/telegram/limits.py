"""Telegram's flood limits per bot (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

One message a second in a chat with bursts of three, twenty a minute in a group, thirty a second over all chats. The
exact limits are not published; these are the documented ones. Time is the given clock's, in seconds.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

CHAT_INTERVAL_S = 1.0
CHAT_BURST = 3
GROUP_MESSAGES, GROUP_WINDOW_S = 20, 60.0
TOKEN_CALLS, TOKEN_WINDOW_S = 30, 1.0
VIOLATIONS_TO_DOUBLE = 5
VIOLATIONS_TO_BAN = 20
IN_FLIGHT_S = 0.2
"""A call this soon (seconds) after a 429 may have been sent before it arrived: refused, but no violation."""

_EPSILON_S = 1e-6
"""Tolerance for unix seconds in floats: waiting exactly `retry_after` must suffice."""


class Banned(Exception):
    """The bot ignored 429s too often and is banned."""


@dataclass(slots=True)
class Pace:
    """GCRA: one call an interval, with a burst. `next_due` is the theoretical arrival time."""

    next_due: float = -math.inf

    def wait(self, now: float) -> float:
        """Returns the seconds until a call fits."""
        return self.next_due - (CHAT_BURST - 1) * CHAT_INTERVAL_S - now

    def take(self, now: float) -> None:
        """Counts a call."""
        self.next_due = max(self.next_due, now) + CHAT_INTERVAL_S


@dataclass(slots=True)
class Window:
    """At most `size` calls within any `length` seconds."""

    size: int
    length: float
    taken: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Returns the seconds until a call fits."""
        while self.taken and self.taken[0] + self.length <= now + _EPSILON_S:
            self.taken.popleft()
        return self.taken[0] + self.length - now if len(self.taken) >= self.size else 0.0

    def take(self, now: float) -> None:
        """Counts a call."""
        self.taken.append(now)


@dataclass(slots=True)
class Wait:
    """An active 429: when it ends, when it was sent (`told_at`), and how often it was ignored."""

    until: float
    seconds: int
    told_at: float
    violations: int = 0


class FloodLimits:
    """All bots' counters. A limit admits a call with 0, or returns the whole seconds to wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._paces: dict[tuple[int, int], Pace] = {}
        self._minutes: dict[tuple[int, int], Window] = {}
        self._seconds: dict[int, Window] = {}
        self._waits: dict[tuple[int, int | None], Wait] = {}

    def admit_message(self, bot_id: int, chat_id: int) -> int:
        """Counts a message or an edit in a group and returns 0, or returns the seconds to wait without counting it.

        Raises Banned at the twentieth call that ignores one wait.
        """
        key = (bot_id, chat_id)
        if (told := self._ignored(key) or self._ignored((bot_id, None))) > 0:
            return told
        now = self._clock()
        pace = self._paces.setdefault(key, Pace())
        minute = self._minutes.setdefault(key, Window(GROUP_MESSAGES, GROUP_WINDOW_S))
        second = self._second(bot_id)
        in_chat, in_all = max(pace.wait(now), minute.wait(now)), second.wait(now)
        if in_chat > _EPSILON_S:
            return self.refuse(bot_id, chat_id, max(in_chat, in_all))
        if in_all > _EPSILON_S:
            return self.refuse(bot_id, None, in_all)
        for counter in (pace, minute, second):
            counter.take(now)
        return 0

    def admit_action(self, bot_id: int) -> int:
        """Counts a call that is no message (a chat action, a reaction) in the limit over all chats."""
        if (told := self._ignored((bot_id, None))) > 0:
            return told
        now, second = self._clock(), self._second(bot_id)
        if (seconds := second.wait(now)) > _EPSILON_S:
            return self.refuse(bot_id, None, seconds)
        second.take(now)
        return 0

    def refuse(self, bot_id: int, chat_id: int | None, seconds: float) -> int:
        """Makes a bot wait `seconds`, rounded up, in one chat or (None) everywhere; returns the whole seconds."""
        whole, now = max(1, math.ceil(seconds - _EPSILON_S)), self._clock()
        self._waits[bot_id, chat_id] = Wait(now + whole, whole, now)
        return whole

    def _second(self, bot_id: int) -> Window:
        return self._seconds.setdefault(bot_id, Window(TOKEN_CALLS, TOKEN_WINDOW_S))

    def _ignored(self, key: tuple[int, int | None]) -> int:
        """Returns the seconds still to wait, after counting this call as a violation; 0 when there is no wait."""
        wait, now = self._waits.get(key), self._clock()
        if wait is None or now >= wait.until - _EPSILON_S:
            self._waits.pop(key, None)
            return 0
        if now - wait.told_at > IN_FLIGHT_S:
            self._punish(wait, now)
        return max(1, math.ceil(wait.until - now - _EPSILON_S))

    @staticmethod
    def _punish(wait: Wait, now: float) -> None:
        wait.violations += 1
        if wait.violations >= VIOLATIONS_TO_BAN:
            raise Banned
        if wait.violations % VIOLATIONS_TO_DOUBLE == 0:
            wait.seconds *= 2
            wait.until = now + wait.seconds
