"""Parsing of an SDK's answer, whole or in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import LLMMalformed, LLMUnavailable
from app.domain.text import storable

LONGEST_NAME = 200

MOST_TOKENS = 2**31 - 1
"""The largest number that the ledger's columns hold."""


@dataclass(slots=True)
class Reading:
    """A parsed answer; `text` is None without text so far or for a refusal. `usage` is as the provider sent it."""

    text: str | None = None
    model: str = ""
    finish_reason: str | None = None
    usage: Any = None
    refused: bool = False

    @property
    def tokens_in(self) -> int:
        """Tokens of the prompt; 0 when the provider did not count."""
        return _count(self.usage, "prompt_tokens")

    @property
    def tokens_out(self) -> int:
        """Tokens of the answer; 0 when the provider did not count."""
        return _count(self.usage, "completion_tokens")

    @property
    def tokens_cached(self) -> int:
        """Tokens of the prompt that the provider had in its cache."""
        return min(self.tokens_in, _count(get(self.usage, "prompt_tokens_details"), "cached_tokens"))

    def require_text(self) -> str:
        """Returns the text. Raises LLMMalformed when there is none, as for a refusal."""
        if self.text is None or (self.refused and not self.text):
            raise LLMMalformed("The provider answered without a text.")
        return self.text


def read_whole(answer: Any) -> Reading:
    """Parses a whole answer. Raises LLMMalformed when it is not a chat completion."""
    choices = get(answer, "choices")
    if not isinstance(choices, list) or not choices:
        raise LLMMalformed("The provider answered without a choice.")
    message = get(choices[0], "message")
    text = get(message, "content")
    return Reading(
        text if isinstance(text, str) else None,
        _name(get(answer, "model")),
        get(choices[0], "finish_reason"),
        get(answer, "usage"),
        bool(get(message, "refusal")),
    )


def read_chunks(chunks: Iterator[Any]) -> Iterator[Reading]:
    """Yields the reading after each chunk, always the same object.

    Raises LLMUnavailable when the stream ends without a finish reason, with or without [DONE]: the answer is incomplete
    and a retry may help. Raises LLMMalformed when no chunk came at all, as from a web page in place of a provider.
    """
    reading, anything = Reading(), False
    for chunk in chunks:
        anything = True
        _take(reading, chunk)
        yield reading
    if not anything:
        raise LLMMalformed("The provider's answer is not a stream of chat completions.")
    if reading.finish_reason is None:
        raise LLMUnavailable("The provider broke off its answer.")


def get(holder: Any, name: str) -> Any:
    """Returns a field of a model or of plain JSON, since fields unknown to an SDK stay JSON."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _take(reading: Reading, chunk: Any) -> None:
    """Adds a chunk to the reading. Groq sends usage and errors in `x_groq` of the last chunk, too."""
    own = get(chunk, "x_groq")
    if get(own, "error"):
        raise LLMUnavailable("The provider gave up its answer.")
    reading.model = reading.model or _name(get(chunk, "model"))
    reading.usage = get(chunk, "usage") or get(own, "usage") or reading.usage
    choices = get(chunk, "choices")
    for choice in choices if isinstance(choices, list) else ():
        delta = get(choice, "delta")
        text = get(delta, "content")
        if isinstance(text, str):
            reading.text = (reading.text or "") + text
        reading.refused = reading.refused or bool(get(delta, "refusal"))
        reading.finish_reason = get(choice, "finish_reason") or reading.finish_reason


def _count(holder: Any, name: str) -> int:
    """Returns a count of tokens; 0 for what is none, or more than any model writes."""
    value = get(holder, name)
    return value if isinstance(value, int) and 0 < value <= MOST_TOKENS else 0


def _name(value: Any) -> str:
    """Returns the model that a provider names, as it can be logged and stored."""
    return storable(value)[:LONGEST_NAME] if isinstance(value, str) else ""
