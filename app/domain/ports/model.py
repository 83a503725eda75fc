"""Protocols of the language model, of bots' memory and of the answer cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.ports.limits import Allowance
from app.domain.prompting.token_rates import TokenRates
from app.domain.providers.capabilities import Capabilities


class TokenEstimator(Protocol):
    """Predicts the tokens of the next request from the provider's counts."""

    def read(self) -> TokenRates:
        """Returns the current averages; defaults when nothing is known."""
        ...

    def learn(
        self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int, thoughts: int, seconds: float
    ) -> None:
        """Updates the averages with the provider's counts for a request of `items` prompts, in tokens, and its time.

        `thoughts` are part of `tokens_out`.
        """
        ...

    def learn_slow(self, items: int, seconds: float) -> None:
        """Updates the time of a prompt after a request of `items` that was given up after `seconds`."""
        ...

    def learn_context(self, tokens: int) -> None:
        """Remembers for a day how many tokens a request may have, after a longer one was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A provider's answer: its text and token counts; `tokens_cached`, part of `tokens_in`, cost less.

    `tokens_reasoning`, part of `tokens_out`, are what the model thought before it answered. `tokens_wasted`, part of
    both, are those of requests of the same call that brought nothing.
    """

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    truncated: bool = False
    tokens_cached: int = 0
    allowances: tuple[Allowance, ...] = ()
    tokens_reasoning: int = 0
    tokens_wasted: int = 0


Listener = Callable[[str], None]
"""Callback that gets the whole text so far, each time a streamed answer grew."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Stored capabilities of a model, and why: the provider's sentence of the last refusal.

    `is_old` is True for one reader after a day: it tries the best again, while the others go on with these.
    """

    capabilities: Capabilities
    reason: str
    is_old: bool = False


class CapabilityStore(Protocol):
    """What all workers know of models, by base URL and model. Without the database nothing is known, and no error."""

    def read(self, server: str, model: str) -> Learned | None:
        """Returns what is known; None when that is nothing."""
        ...

    def learn(self, server: str, model: str, facts: Capabilities, reason: str, anew: bool) -> None:
        """Adds facts to what is known, or with `anew` replaces it; without a `reason` the old one stays."""
        ...


class LLMClient(Protocol):
    """A chat completion with a JSON-schema answer. Raises LLMError's subclasses and nothing else.

    `server` is its base URL, without what is secret in it.
    """

    provider: str
    model: str
    server: str

    def close(self) -> None:
        """Closes its connections."""
        ...

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: Mapping[str, Any],
        max_tokens: int,
        listen: Listener | None = None,
        timeout_s: float | None = None,
    ) -> Completion:
        """Makes one request without retries; with `listen` the answer is streamed.

        It is given up after `timeout_s`, by default after the client's own.
        """
        ...


@dataclass(frozen=True, slots=True)
class Recall:
    """A query for a bot's memory: facts of one chat that are relevant to `about`."""

    bot_id: int
    chat_id: int
    about: str


class Memory(Protocol):
    """Facts that bots remember. A fact is only recalled in the chat it comes from."""

    def recall(self, wishes: Sequence[Recall]) -> Sequence[Sequence[str]]:
        """Returns the facts for each query, in the same order, the most relevant first."""
        ...


class AnswerCache(Protocol):
    """Cache of answers to digest and insight prompts, keyed by the exact prompt."""

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Returns the cached answers by key."""
        ...

    def put_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Caches answers until they expire."""
        ...

    def forget_all(self) -> None:
        """Deletes every answer: one may hold data of somebody who asked to be forgotten."""
        ...
