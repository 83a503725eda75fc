"""Chat completions with a JSON-schema answer, over the OpenAI or the Groq SDK, their own retries off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import groq
import openai

from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Completion
from app.domain.prompting import estimate_tokens

NO_KEY = "no-key-needed"
"""What servers without keys (Ollama, vLLM, llama.cpp) are sent: the SDKs refuse an empty one."""

CONTENT_STATUSES = frozenset({400, 413, 422})
"""Refusals that may be due to what was sent, and not to the key (401, 403) or the model (404)."""

CONNECT_S = 5.0
"""Seconds to open a connection: an address that swallows packets is given up long before a slow answer is."""


class ChatCompletions:
    """One provider, one model. Built once a process; the SDK's client keeps its connections and is thread-safe."""

    def __init__(self, client: openai.OpenAI | groq.Groq, provider: str, model: str) -> None:
        self._client: Any = client
        self.provider = provider
        self.model = model

    def complete(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], max_tokens: int) -> Completion:
        """One request. Raises LLMRateLimited, LLMUnavailable, LLMRejected or LLMMalformed."""
        try:
            answer = self._client.chat.completions.create(
                model=self.model,
                messages=list(messages),
                max_completion_tokens=max_tokens,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answers", "strict": True, "schema": dict(schema)},
                },
            )
        except (openai.OpenAIError, groq.GroqError) as error:
            raise translate(error) from None
        except ValueError:
            raise LLMMalformed("The provider's answer is not JSON.") from None
        try:
            return _completion(answer, estimate_tokens(messages))
        except (AttributeError, IndexError, TypeError):
            raise LLMMalformed("The provider's answer is not a chat completion.") from None


def build_client(provider: str, model: str, key: str | None, url: str | None, timeout_s: float) -> ChatCompletions:
    """The client of `provider` (openai or groq), for any compatible server at `url`; `timeout_s` bounds a request."""
    api_key = key or NO_KEY
    connect_s = min(CONNECT_S, timeout_s)
    if provider == "groq":
        timeout = groq.Timeout(timeout_s, connect=connect_s)
        return ChatCompletions(
            groq.Groq(api_key=api_key, base_url=url, timeout=timeout, max_retries=0), provider, model
        )
    client = openai.OpenAI(
        api_key=api_key, base_url=url, timeout=openai.Timeout(timeout_s, connect=connect_s), max_retries=0
    )
    return ChatCompletions(client, provider, model)


def translate(error: Exception) -> LLMError:
    """Our error for an SDK's; its text never holds the key or the prompt."""
    status = getattr(error, "status_code", None)
    if status == 429:
        return LLMRateLimited(_retry_after(error))
    if status is not None and 400 <= status < 500 and status not in {408, 409}:
        text = f"The provider refuses the request with {status}: check the key, the model and the limits."
        return LLMRejected(text, status in CONTENT_STATUSES)
    return LLMUnavailable(f"The provider does not answer: {type(error).__name__}.")


def _retry_after(error: Exception) -> float:
    """Seconds of the retry-after header, at most a day; 5 when there is none or it is a date."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return min(86_400.0, max(0.1, float(headers.get("retry-after", 5))))
    except ValueError:
        return 5.0


def _completion(answer: Any, prompt_tokens: int) -> Completion:
    """The answer as ours. A server that counts no tokens is taken to have used a quarter of the bytes."""
    if not getattr(answer, "choices", None):
        raise LLMMalformed("The provider answered without a choice.")
    choice = answer.choices[0]
    text = choice.message.content
    if not isinstance(text, str):
        raise LLMMalformed("The provider answered without a text.")
    usage = getattr(answer, "usage", None)
    return Completion(
        text=text,
        model=str(getattr(answer, "model", "")),
        tokens_in=getattr(usage, "prompt_tokens", None) or prompt_tokens,
        tokens_out=getattr(usage, "completion_tokens", None) or math.ceil(len(text.encode("utf-8", "replace")) / 4),
        truncated=choice.finish_reason == "length",
    )
