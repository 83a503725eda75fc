"""An event loop on a clock of its own: it never waits, time jumps to whatever is due next."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose `time` moves only when nothing is ready to run."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._select = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._jump  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now

    def _jump(self, timeout: float | None) -> Any:
        if timeout:
            self._now += timeout
        return self._select(0)


def run_virtually(main: Callable[[Callable[[], float]], Coroutine[Any, Any, Any]]) -> Any:
    """Runs `main(clock)` on a virtual clock of seconds, and returns its result."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main(loop.time))
    finally:
        loop.close()
