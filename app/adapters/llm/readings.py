"""What an SDK's answer says, whole or in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.errors import LLMMalformed, LLMUnavailable


@dataclass(slots=True)
class Reading:
    """What is known of an answer: no text so far, or a refusal, is None. `usage` is as the provider sent it."""

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
        """The text. Raises LLMMalformed when there is none: a refusal is no answer."""
        if self.text is None or (self.refused and not self.text):
            raise LLMMalformed("The provider answered without a text.")
        return self.text


def read_whole(answer: Any) -> Reading:
    """The reading of an answer in one piece. Raises LLMMalformed when it is not a chat completion."""
    choices = get(answer, "choices")
    if not isinstance(choices, list) or not choices:
        raise LLMMalformed("The provider answered without a choice.")
    message = get(choices[0], "message")
    text = get(message, "content")
    return Reading(
        text if isinstance(text, str) else None,
        str(get(answer, "model") or ""),
        get(choices[0], "finish_reason"),
        get(answer, "usage"),
        bool(get(message, "refusal")),
    )


def read_chunks(chunks: Iterator[Any]) -> Iterator[Reading]:
    """The reading after each chunk, one object that grows.

    A stream that ends without a finish reason was broken off, with or without [DONE]: the provider did not deliver
    what it began, and asking again may help. Raises LLMUnavailable then, and LLMMalformed when no chunk came at all,
    as from a page that answers in place of a provider.
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
    """A field of a model or of plain JSON: what an SDK has no model for stays JSON."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _take(reading: Reading, chunk: Any) -> None:
    """Groq also sends the usage, and why it gave up, in `x_groq` of the last chunk."""
    own = get(chunk, "x_groq")
    if get(own, "error"):
        raise LLMUnavailable("The provider gave up its answer.")
    reading.model = reading.model or str(get(chunk, "model") or "")
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
    value = get(holder, name)
    return value if isinstance(value, int) and value > 0 else 0
