"""Values that many threads need and few change: read anew at most once every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Held(Generic[T]):
    """What `load` returned, at most `ttl_s` seconds ago; the same object as long as nothing was changed."""

    def __init__(
        self, load: Callable[[], T], ttl_s: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._load = load
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: tuple[float, T] | None = None

    def read(self) -> T:
        """Returns the value. Raises what `load` raises."""
        held = self._held
        if held is not None and self._monotonic() - held[0] < self._ttl_s:
            return held[1]
        with self._lock:
            held = self._held
            if held is None or self._monotonic() - held[0] >= self._ttl_s:
                asked_at, value = self._monotonic(), self._load()
                held = (asked_at, held[1] if held is not None and held[1] == value else value)
                self._held = held
            return held[1]

    def forget(self) -> None:
        """Loads anew at the next read."""
        self._held = None
