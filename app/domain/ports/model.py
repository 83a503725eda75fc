"""The language model, what is remembered for it, and what it answered before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.ports.limits import Allowance
from app.domain.prompting.token_rates import TokenRates


class TokenEstimator(Protocol):
    """Learns from what a provider counts what the next request will take."""

    def read(self) -> TokenRates:
        """The averages as of now; the defaults when nothing is known."""
        ...

    def learn(self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int) -> None:
        """Takes in what the provider counted for a request of `items` prompts, all in tokens."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A provider's answer: its text and the tokens it counted, `tokens_cached` of `tokens_in` at a lower price."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    truncated: bool = False
    tokens_cached: int = 0
    allowances: tuple[Allowance, ...] = ()


Listener = Callable[[str], None]
"""Is called with all of an answer's text so far, each time a streamed answer grew."""


class LLMClient(Protocol):
    """A chat completion with a JSON-schema answer. Raises LLMError's subclasses and nothing else."""

    provider: str
    model: str

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
    ) -> Completion:
        """One request, no retries of its own; with `listen` the answer is streamed."""
        ...


@dataclass(frozen=True, slots=True)
class Recall:
    """What a bot would like to remember: facts of one chat that bear on `about`."""

    bot_id: int
    chat_id: int
    about: str


class Memory(Protocol):
    """What bots remember. A fact never leaves the chat it was told in."""

    def recall(self, wishes: Sequence[Recall]) -> Sequence[Sequence[str]]:
        """The facts for each wish, in the same order, the most telling first."""
        ...


class AnswerCache(Protocol):
    """Answers to prompts that are no chat messages, by the exact prompt."""

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The answers that are held."""
        ...

    def put_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keeps answers for a while."""
        ...

    def forget_all(self) -> None:
        """Drops every answer: one of them may hold what somebody wants to be forgotten."""
        ...
