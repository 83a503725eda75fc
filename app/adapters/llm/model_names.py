"""The names of a provider's models, for who wrote one wrong."""

from __future__ import annotations

import difflib
import threading
import time
from typing import Any

from app.adapters.llm.failures import SDK_ERRORS, WIRE_ERRORS
from app.adapters.llm.readings import LONGEST_NAME, get
from app.adapters.llm.transfer import Deadline, Ends
from app.domain.text import storable

FETCH_S = 5.0
KEPT_S = 600.0
"""Seconds between two fetches: each refused request would else be followed by one."""

MOST_NAMES = 5_000
NEAREST = 3
LIKENESS = 0.45


class ModelNames:
    """Names by `GET /models`, fetched when they are needed and kept for ten minutes."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._fetched_at: float | None = None
        self._names: list[str] = []

    def nearest(self, model: str) -> list[str]:
        """Returns up to three names that are most like `model`; none when the provider lists none."""
        with self._lock:
            now = time.monotonic()
            if self._fetched_at is None or now - self._fetched_at > KEPT_S:
                self._fetched_at = now
                self._names = self._fetch()
            names = self._names
        by_tail = {name.lower().rsplit("/", 1)[-1]: name for name in reversed(names)}
        found = difflib.get_close_matches(model.lower().rsplit("/", 1)[-1], list(by_tail), NEAREST, LIKENESS)
        return [by_tail[tail] for tail in found]

    def _fetch(self) -> list[str]:
        try:
            with (
                self._client.models.with_streaming_response.list(timeout=FETCH_S) as response,
                Deadline(response.http_response, Ends.fixed(time.monotonic() + FETCH_S)),
            ):
                listed = get(response.json(), "data")
        except (*SDK_ERRORS, *WIRE_ERRORS, ValueError, RecursionError):
            return []
        names = (get(one, "id") for one in listed[:MOST_NAMES]) if isinstance(listed, list) else ()
        return [storable(name)[:LONGEST_NAME] for name in names if isinstance(name, str)]
