"""Turns exits and restarts of processes into few, useful messages. Pure: time is passed in, in seconds."""

from __future__ import annotations

import signal
from dataclasses import dataclass

STEADY_AFTER_S = 3.0
COMPLAIN_EVERY_S = 30.0


@dataclass
class _Trouble:
    since: float
    deaths: int
    last_death: float
    complained: float


class Health:
    """Tracks failing processes and limits the messages about them."""

    def __init__(self) -> None:
        self._trouble: dict[str, _Trouble] = {}

    @property
    def troubled(self) -> tuple[str, ...]:
        """Names of processes that died and have not been steady since."""
        return tuple(self._trouble)

    def deaths(self, name: str) -> int:
        """Returns how often a process died since it was last steady."""
        return self._trouble[name].deaths if name in self._trouble else 0

    def died(self, name: str, exit_code: int | None, now: float) -> str | None:
        """Counts an exit. Returns a message for the first one, then every half minute; else None."""
        known = self._trouble.get(name)
        if known is None:
            self._trouble[name] = _Trouble(since=now, deaths=1, last_death=now, complained=now)
            return f"{name} died ({describe_exit(exit_code)}); starting it again"
        known.deaths += 1
        known.last_death = now
        if now - known.complained < COMPLAIN_EVERY_S:
            return None
        known.complained = now
        return f"{name} keeps dying: {known.deaths} times in {now - known.since:.0f} s, last {describe_exit(exit_code)}"

    def settled(self, name: str, now: float, *, ready: bool) -> str | None:
        """Returns a message once a failing process is ready and has run for a few seconds; else None."""
        known = self._trouble.get(name)
        if known is None or not ready or now - known.last_death < STEADY_AFTER_S:
            return None
        del self._trouble[name]
        again = "" if known.deaths == 1 else f", after {known.deaths} starts"
        return f"{name} runs again{again}"


def describe_exit(exit_code: int | None) -> str:
    """Describes an exit code for people: `exit code 1`, `killed by SIGKILL`."""
    if exit_code is None:
        return "exit code unknown"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"
