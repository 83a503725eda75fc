"""Hand-written fakes of what asks a provider: the model, its breaker, and what is learned of its tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.errors import LLMError
from app.domain.ports import (
    Completion,
    Grant,
    Listener,
)
from app.domain.prompting.token_rates import TokenRates


class FakeLLM:
    """Answers every item with a text of its own, or as `answer` says; raises the next of `errors`.

    A listener hears half of the answer, then all of it.
    """

    provider = "fake"
    model = "fake-1"

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.errors: list[LLMError] = []
        self.answer: Callable[[list[dict[str, Any]]], str] | None = None

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
    ) -> Completion:
        items = json.loads(messages[-1]["content"])["items"]
        self.requests.append(items)
        if self.errors:
            raise self.errors.pop(0)
        texts = [{"id": item["id"], "text": f"Thought number {item['id']}."} for item in items]
        text = self.answer(items) if self.answer else json.dumps({"items": texts})
        if listen is not None:
            listen(text[: len(text) // 2])
            listen(text)
        return Completion(text, self.model, 100, 10 * len(items))


class FakeBreaker:
    """Lets everything through, unless a test opens it."""

    def __init__(self) -> None:
        self.open = False
        self.reports: list[bool] = []
        self.cancelled = 0
        self.left = 0

    def ask(self) -> Grant:
        return Grant(not self.open, 7.0 if self.open else 0.0)

    def report(self, available: bool, leave: bool = False) -> None:
        self.left += leave
        self.reports.append(available)

    def cancel(self) -> None:
        self.cancelled += 1


class FakeUsage:
    """Knows the rates that a test gives it, and remembers what it was told."""

    def __init__(self) -> None:
        self.rates = TokenRates()
        self.learned: list[tuple[int, int, int, int]] = []

    def read(self) -> TokenRates:
        return self.rates

    def learn(self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int) -> None:
        self.learned.append((prompt_estimate, items, tokens_in, tokens_out))
