"""What a process knows of one model, between its requests and the store that all workers share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from app.adapters.llm.presets import Preset, find_preset
from app.adapters.llm.problems import Problem
from app.adapters.llm.requests import reasoning_fields
from app.domain.addresses import is_near
from app.domain.ports import CapabilityStore
from app.domain.providers.capabilities import LADDER, AnswerFormat, Capabilities, start_again
from app.domain.providers.ladder import Refusal, Sent, names_format, step_down

REREAD_S = 60.0
"""Until a worker hears, without a refusal of its own, what another one learned."""

FORMATS: dict[str, tuple[AnswerFormat, ...]] = {
    "auto": LADDER,
    "json_schema": ("json_schema_strict", "json_schema"),
    "tool": ("tool",),
    "json_object": ("json_object",),
    "text": ("text",),
}
"""The formats that LLM_ANSWER_FORMAT allows."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator fixed: LLM_ANSWER_FORMAT and LLM_REASONING; "auto" leaves it to what is learned."""

    answer_format: str = "auto"
    reasoning: str = "auto"


def server_of(url: str) -> str:
    """Returns a base URL as it may be stored and shown: without user, password, query and final slash."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}".rstrip("/")


class Profile:
    """The capabilities of one model at one base URL, for all threads of a process.

    Read from the store at the first request and again when a minute old; without a store learned anew by each process.
    """

    def __init__(
        self,
        url: str,
        model: str,
        store: CapabilityStore | None = None,
        wishes: Wishes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server = server_of(url)
        self.is_near = is_near(urlsplit(url).hostname or "")
        self._model = model
        self._store = store
        self._wishes = wishes or Wishes()
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._anew = True
        self.preset: Preset = find_preset(url, model)
        self.formats = FORMATS[self._wishes.answer_format]
        self._start = self._bound(self.preset.start)
        self._known = self._start
        self._shared = self.preset.start

    def read(self) -> Capabilities:
        """Returns what is known now."""
        with self._lock:
            now = self._clock()
            if self._store is not None and (self._read_at is None or now - self._read_at >= REREAD_S):
                self._read_at = now
                self._reread(self._store)
            return self._known

    def learn(self, facts: Capabilities, reason: str = "") -> None:
        """Remembers what an answered request showed, and tells the other workers when it is news to them.

        A format that the operator fixed was not learned, and is not told.
        """
        with self._lock:
            self._known = facts
            if self.formats != LADDER:
                facts = replace(facts, answer_format=self._shared.answer_format)
            if self._store is None or not (self._anew or facts.differs(self._shared)):
                return
            anew, self._anew, self._shared = self._anew, False, facts
        self._store.learn(self.server, self._model, facts, reason, anew)

    def fields(self, known: Capabilities) -> dict[str, Any]:
        """Returns the fields that turn thinking down."""
        return reasoning_fields(self.preset, known, self._wishes.reasoning)

    def quiets(self, known: Capabilities) -> bool:
        """Returns whether the model is asked to think as little as it can, not as the operator wishes."""
        return self._wishes.reasoning in {"auto", "none"} and bool(self.fields(known))

    def blames_format(self, known: Capabilities, problem: Problem) -> bool:
        """Returns whether a refusal is about the form of the answer, for which nothing further down is allowed."""
        return names_format(known, Refusal(problem.status, problem.param, problem.words))

    def step_down(
        self, known: Capabilities, problem: Problem, request: Mapping[str, Any], max_tokens: int
    ) -> Capabilities | None:
        """Returns the capabilities without what a request was refused for; None when nothing known is named."""
        fields = self.fields(known)
        effort = str(fields.get("reasoning_effort", ""))
        sent = Sent("stream" in request, max_tokens, frozenset(fields), effort, self.formats)
        return step_down(known, sent, Refusal(problem.status, problem.param, problem.words))

    def _reread(self, store: CapabilityStore) -> None:
        """Takes over what others learned. After a day one process, which the store chooses, begins at the top again."""
        found = store.read(self.server, self._model)
        if found is None:
            return
        learned = self._bound(found.capabilities)
        if found.is_old:
            self._known, self._anew = start_again(learned, self._start), True
        else:
            self._known, self._anew = learned, False
        self._shared = found.capabilities

    def _bound(self, facts: Capabilities) -> Capabilities:
        """Returns facts with a format that the operator allows."""
        if facts.answer_format in self.formats:
            return facts
        return replace(facts, answer_format=self.formats[0])
