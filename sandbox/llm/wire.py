"""Answers and headers in the format of the chat completions API."""

import json
import math
from typing import Any

from sandbox.llm.answers import Answer
from sandbox.llm.limits import HeaderStyle, Level, Standing

PIECE_BYTES = 16
CALL_ID = "call_sandbox"


def as_completion(answer: Answer, answer_id: str, model: str, created: int) -> dict[str, Any]:
    """Returns the body of an answer that is not streamed."""
    message = _as_message(answer)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}
    return {
        "id": answer_id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": answer.usage.as_json(),
        "system_fingerprint": "sandbox",
    }


def _as_message(answer: Answer) -> dict[str, Any]:
    content: Any = answer.content
    if answer.in_parts and content is not None:
        content = [{"type": "text", "text": text} for text in _halves(content)]
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": answer.refusal}
    if answer.thought_field:
        message[answer.thought_field] = answer.thought
    if answer.tool:
        function = {"name": answer.tool, "arguments": answer.arguments}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": function}]
    return message


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


class ChunkWriter:
    """Formats the server-sent events of one streamed answer."""

    def __init__(self, answer: Answer, answer_id: str, model: str, created: int, usage_wanted: bool) -> None:
        self._answer = answer
        self._frame = {
            "id": answer_id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
            "system_fingerprint": "sandbox",
        }
        self._usage_wanted = usage_wanted
        self._named = False

    def first(self) -> bytes:
        return self._event({"role": "assistant", "content": ""})

    def pieces(self) -> list[tuple[bytes, int]]:
        """Returns the events that carry thinking and text, each with its number of tokens.

        What is thought and not shown takes the time of an event without content.
        """
        answer = self._answer
        events = [(self._event({"content": ""}), answer.unseen)] if answer.unseen else []
        if answer.thought_field:
            events += [
                (self._event({answer.thought_field: text}), tokens) for text, tokens in split_text(answer.thought)
            ]
        return events + [(self._event(self._delta(text)), tokens) for text, tokens in split_text(answer.said)]

    def _delta(self, text: str) -> dict[str, Any]:
        answer = self._answer
        if answer.tool:
            call: dict[str, Any] = {"index": 0, "function": {"arguments": text}}
            if not self._named:
                call |= {"id": CALL_ID, "type": "function", "function": {"name": answer.tool, "arguments": text}}
            self._named = True
            return {"tool_calls": [call]}
        if answer.content is None:
            return {"refusal": text}
        return {"content": [{"type": "text", "text": text}] if answer.in_parts else text}

    def last(self) -> bytes:
        """Returns the finish reason, the usage if it was asked for, and the end of the stream."""
        events = self._event({}, self._answer.finish_reason)
        if self._usage_wanted:
            closing = {**self._frame, "choices": [], "usage": self._answer.usage.as_json()}
            events += _as_event(closing)
        return events + b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk: dict[str, Any] = {**self._frame, "choices": [choice]}
        if self._usage_wanted:
            chunk["usage"] = None
        return _as_event(chunk)


def split_text(text: str) -> list[tuple[str, int]]:
    """Splits `text` into pieces of about 16 bytes, each with its tokens, without splitting a character."""
    pieces: list[tuple[str, int]] = []
    piece = ""
    for character in text:
        piece += character
        if len(piece.encode("utf-8", "replace")) >= PIECE_BYTES:
            pieces.append((piece, PIECE_BYTES // 4))
            piece = ""
    return [*pieces, (piece, math.ceil(len(piece.encode("utf-8", "replace")) / 4))] if piece else pieces


def limit_headers(standing: Standing, style: HeaderStyle = "openai") -> dict[str, str]:
    """Returns the `x-ratelimit-*` headers: of the minute as with OpenAI
    (https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers), or those of requests of the day as
    with Groq (https://console.groq.com/docs/rate-limits#rate-limit-headers), left out where a day has no limit.
    """
    if style == "none":
        return {}
    minute = Level(standing.limit_requests, standing.remaining_requests, standing.reset_requests)
    requests = minute if style == "openai" else standing.day_requests
    tokens = Level(standing.limit_tokens, standing.remaining_tokens, standing.reset_tokens)
    return (_headers_of("requests", requests) if requests else {}) | _headers_of("tokens", tokens)


def _headers_of(quantity: str, level: Level) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{quantity}": str(level.limit),
        f"x-ratelimit-remaining-{quantity}": str(level.remaining),
        f"x-ratelimit-reset-{quantity}": format_duration(level.reset),
    }


def format_duration(seconds: float) -> str:
    """Formats seconds as in the headers: `0s`, `120ms`, `1.5s`, `6m0s`, `1h2m3s`; rounded up."""
    milliseconds = math.ceil(round(seconds * 1000, 3))
    if milliseconds == 0:
        return "0s"
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:g}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _as_event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
