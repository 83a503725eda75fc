"""Parsing of an SDK's answer, whole or in chunks. What a model thinks is counted, and never part of the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.adapters.llm.problems import ProblemAnswered
from app.domain.errors import LLMMalformed, LLMRejected, LLMUnavailable
from app.domain.text import storable

LONGEST_NAME = 200

MOST_TOKENS = 2**31 - 1
"""The largest number that the ledger's columns hold."""

BYTES_PER_TOKEN = 4

THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Fields of thoughts: DeepSeek, vLLM and llama.cpp; OpenRouter, Groq and Together; some gateways."""

THOUGHT_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking"})
"""Types of parts of a content that is a list, as of Mistral's reasoning models."""

THINK_BLOCK = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)


@dataclass(slots=True)
class Reading:
    """A parsed answer. `usage` is as the provider sent it, `thought_bytes` the length of thoughts that it showed."""

    content: str | None = None
    calls: dict[int, str] = field(default_factory=dict)
    model: str = ""
    finish_reason: str | None = None
    usage: Any = None
    refused: bool = False
    thought_bytes: int = 0

    @property
    def text(self) -> str | None:
        """The text so far: the arguments of the function that was called, else the content; None without any."""
        arguments = next((text for _, text in sorted(self.calls.items()) if text.strip()), None)
        return self.content if arguments is None else arguments

    @property
    def tokens_in(self) -> int:
        """Tokens of the prompt; 0 when the provider did not count."""
        return _count(self.usage, "prompt_tokens")

    @property
    def tokens_out(self) -> int:
        """Tokens of the answer and of thoughts; 0 when the provider did not count.

        Thoughts are part of `completion_tokens` at OpenAI, Groq and most others. Gemini and xAI leave them out, and
        count them in the total only.
        """
        counted = _count(self.usage, "completion_tokens")
        return counted + max(0, _count(self.usage, "total_tokens") - self.tokens_in - counted) if counted else 0

    @property
    def tokens_reasoning(self) -> int:
        """Tokens of thoughts, part of `tokens_out`: as counted, else estimated from the thoughts that were shown."""
        details = get(self.usage, "completion_tokens_details")
        counted = _count(details, "reasoning_tokens") or _count(self.usage, "reasoning_tokens")
        apart = self.tokens_out - _count(self.usage, "completion_tokens")
        shown = self.thought_bytes + sum(len(block.encode("utf-8", "replace")) for block in self._think_blocks())
        estimate = -(-shown // BYTES_PER_TOKEN)
        found = counted or apart or estimate
        return min(found, self.tokens_out) if self.tokens_out else found

    @property
    def tokens_cached(self) -> int:
        """Tokens of the prompt that the provider had in its cache."""
        return min(self.tokens_in, _count(get(self.usage, "prompt_tokens_details"), "cached_tokens"))

    @property
    def truncated(self) -> bool:
        """Whether the answer was cut at its limit of tokens."""
        return self.finish_reason == "length"

    @property
    def only_thought(self) -> bool:
        """Whether all tokens went into thoughts, so that none were left for the answer."""
        return self.truncated and not THINK_BLOCK.sub("", self.text or "").strip()

    def require_text(self) -> str:
        """Returns the text. Raises LLMRejected for a refusal, LLMMalformed when there is none."""
        if self.finish_reason == "content_filter" or (self.refused and not self.text):
            code = "content_filter" if self.finish_reason == "content_filter" else "refusal"
            what = f"The provider will not answer this prompt for what it says ({code})."
            raise LLMRejected(what, "content", "", code)
        if self.text is None:
            raise LLMMalformed("The provider answered without a text.")
        return self.text

    def _think_blocks(self) -> list[str]:
        return THINK_BLOCK.findall(self.content) if self.content and "<think" in self.content else []


def read_whole(answer: Any) -> Reading:
    """Parses a whole answer. Raises ProblemAnswered for an error or a web page in its place, LLMMalformed otherwise."""
    if get(answer, "error"):
        raise ProblemAnswered({"error": get(answer, "error")})
    choices = get(answer, "choices")
    if not isinstance(choices, list) or not choices:
        raise _without_choice(answer)
    reading = Reading(model=_name(get(answer, "model")), usage=get(answer, "usage"))
    if get(choices[0], "error"):
        raise ProblemAnswered({"error": get(choices[0], "error")})
    _take_message(reading, get(choices[0], "message"))
    reading.finish_reason = get(choices[0], "finish_reason")
    return reading


def read_chunks(chunks: Iterator[Any]) -> Iterator[Reading]:
    """Yields the reading after each chunk, always the same object.

    Raises ProblemAnswered for an error among them. Raises LLMUnavailable when the stream ends without a finish reason,
    with or without [DONE]: the answer is incomplete and a retry may help. Raises LLMMalformed when no chunk came at
    all, as from a web page in place of a provider.
    """
    reading, anything = Reading(), False
    for chunk in chunks:
        anything = True
        _take(reading, chunk)
        yield reading
    if not anything:
        raise LLMMalformed("The provider's answer is not a stream of chat completions.")
    if reading.finish_reason is None:
        raise LLMUnavailable("The provider broke off its answer.", "overloaded")


def get(holder: Any, name: str) -> Any:
    """Returns a field of a model or of plain JSON, since fields unknown to an SDK stay JSON."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _without_choice(answer: Any) -> Exception:
    """Returns the error for an answer without choices: vLLM and FastAPI send errors without a field `error`."""
    if isinstance(answer, str) and answer.strip():
        return ProblemAnswered(answer)
    fields = {name: get(answer, name) for name in ("message", "detail", "code", "type", "param", "status_code")}
    if fields["message"] or fields["detail"]:
        return ProblemAnswered(fields)
    return LLMMalformed("The provider answered without a choice.")


def _take(reading: Reading, chunk: Any) -> None:
    """Adds a chunk to the reading. Groq sends usage and errors in `x_groq` of the last chunk, too."""
    own = get(chunk, "x_groq")
    error = get(own, "error") or get(chunk, "error")
    if error:
        raise ProblemAnswered({"error": error})
    reading.model = reading.model or _name(get(chunk, "model"))
    reading.usage = get(chunk, "usage") or get(own, "usage") or reading.usage
    choices = get(chunk, "choices")
    for choice in choices if isinstance(choices, list) else ():
        _take_message(reading, get(choice, "delta"))
        reading.finish_reason = get(choice, "finish_reason") or reading.finish_reason


def _take_message(reading: Reading, message: Any) -> None:
    """Adds a message, or a delta of one."""
    content = get(message, "content")
    if isinstance(content, str):
        reading.content = (reading.content or "") + content
    elif isinstance(content, list):
        _take_parts(reading, content)
    reading.refused = reading.refused or bool(get(message, "refusal"))
    reading.thought_bytes += next((size for name in THOUGHTS if (size := _size(get(message, name)))), 0)
    calls = get(message, "tool_calls")
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        _take_call(reading, place, call)


def _take_parts(reading: Reading, parts: list[Any]) -> None:
    """Adds a content of parts: texts, and thoughts, which are only counted."""
    for part in parts:
        kind = get(part, "type")
        if isinstance(kind, str) and kind in THOUGHT_PARTS:
            reading.thought_bytes += _size(get(part, "thinking") or get(part, "text"))
        else:
            text = part if isinstance(part, str) else get(part, "text")
            if isinstance(text, str):
                reading.content = (reading.content or "") + text


def _take_call(reading: Reading, place: int, call: Any) -> None:
    """Adds the arguments of a function call: a text, in pieces when streamed; an object at Ollama's own form."""
    arguments = get(get(call, "function"), "arguments")
    if isinstance(arguments, Mapping):
        arguments = json.dumps(arguments, ensure_ascii=False)
    if isinstance(arguments, str):
        index = get(call, "index")
        index = index if isinstance(index, int) else place
        reading.calls[index] = reading.calls.get(index, "") + arguments


def _size(thoughts: Any) -> int:
    """Returns the bytes of thoughts: a text, or a list of texts or parts."""
    if isinstance(thoughts, str):
        return len(thoughts.encode("utf-8", "replace"))
    parts = thoughts if isinstance(thoughts, list) else []
    return sum(_size(part if isinstance(part, str) else get(part, "text")) for part in parts[:1000] if part)


def _count(holder: Any, name: str) -> int:
    """Returns a count of tokens; 0 for what is none, or more than any model writes."""
    value = get(holder, name)
    return value if isinstance(value, int) and 0 < value <= MOST_TOKENS else 0


def _name(value: Any) -> str:
    """Returns the model that a provider names, as it can be logged and stored."""
    return storable(value)[:LONGEST_NAME] if isinstance(value, str) else ""
