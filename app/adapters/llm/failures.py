"""Translation of the SDKs' errors into ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import groq
import httpx
import httpx2
import openai

from app.domain.errors import LLMError, LLMFault, LLMRateLimited, LLMRejected, LLMUnavailable

SDK_ERRORS = (openai.OpenAIError, groq.GroqError)

WIRE_ERRORS = (httpx.HTTPError, httpx2.HTTPError)
"""Errors while reading a body, raised untranslated by the HTTP library: httpx under groq, httpx2 under openai."""

TIMEOUTS = (openai.APITimeoutError, groq.APITimeoutError, httpx.TimeoutException, httpx2.TimeoutException)

CONTENT_STATUSES = frozenset({400, 413, 422})
"""Refusals that may be caused by the content, not by the key (401, 403) or the model (404)."""

RATE_LIMIT_CODE = "rate_limit_exceeded"


def translate(error: Exception) -> LLMError:
    """Returns our error for an SDK's; its text never holds the key or the prompt."""
    status = _read_status(error)
    if status == 429:
        return LLMRateLimited(_retry_after(error))
    if status is not None and 400 <= status < 500 and status not in {408, 409}:
        text = f"The provider refuses the request with {status}: check the key, the model and the limits."
        return LLMRejected(text, "rejected" if status in CONTENT_STATUSES else "key")
    fault: LLMFault = "slow" if isinstance(error, TIMEOUTS) else "unreachable" if status is None else "overloaded"
    return LLMUnavailable(f"The provider does not answer: {type(error).__name__}.", fault)


def refuses_to_stream(error: Exception) -> bool:
    """Returns whether a server refused a request because it does not stream answers in a JSON schema.

    Groq did so for some models (https://github.com/langchain-ai/langchain/issues/23629).
    """
    return getattr(error, "status_code", None) in CONTENT_STATUSES and "stream" in str(error).lower()


def _read_status(error: Exception) -> int | None:
    """Returns the HTTP status, or the one of an error inside a stream: Groq as `status_code`, vLLM as `code`."""
    status: Any = getattr(error, "status_code", None)
    body = getattr(error, "body", None)
    if status is None and isinstance(body, Mapping):
        status = body.get("status_code", body.get("code"))
        status = 429 if status == RATE_LIMIT_CODE else status
    return status if isinstance(status, int) else None


def _retry_after(error: Exception) -> float:
    """Returns the seconds of the retry-after header, at most a day; 5 when there is none or it is a date."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return min(86_400.0, max(0.1, float(headers.get("retry-after", 5))))
    except ValueError:
        return 5.0
