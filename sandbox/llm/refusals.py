"""Refusals and broken answers: faults that hit a request on arrival, limits, and what stands in place of an answer."""

import asyncio
import json
import math
import time
from collections.abc import Collection
from email.utils import formatdate

from aiohttp import web

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.connections import close_connection, reset_connection
from sandbox.llm.errors import ApiError, refused_key, say, server_failure
from sandbox.llm.fault_kinds import HANG_S, ON_ARRIVAL, FaultKind
from sandbox.llm.limits import Standing, Verdict
from sandbox.llm.providers import Provider, Waits
from sandbox.llm.wire import format_duration

UNITS = {
    ("requests", "minute"): "requests per min (RPM)",
    ("tokens", "minute"): "tokens per min (TPM)",
    ("requests", "day"): "requests per day (RPD)",
    ("tokens", "day"): "tokens per day (TPD)",
}
PAGE = (
    "<!doctype html><html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center><hr><center>sandbox gateway</center></body></html>"
)


def strike(kinds: Collection[FaultKind], retry_after: float | None, request: ChatRequest, provider: Provider) -> None:
    """Raises ApiError for the first fault that refuses a request on arrival."""
    kind = next((kind for kind in sorted(ON_ARRIVAL) if kind in kinds and kind != "reset"), None)
    if kind is None:
        return
    if kind == "unauthorized":
        raise refused_key()
    if kind == "status_500":
        raise server_failure()
    if kind == "status_429":
        headers = {} if retry_after is None else wait_headers(retry_after, provider.waits)
        message = "Rate limit reached."
        raise ApiError(429, message, type="requests", code="rate_limit_exceeded", headers=headers, kind="limit")
    raise say(provider.words, kind, model=request.model, asked=request.max_tokens or 0)


def stand_in(kinds: Collection[FaultKind], request: ChatRequest, provider: Provider) -> web.Response | None:
    """Returns what a gateway sends with status 200 in place of an answer, if a fault asks for it."""
    if "html_in_200" in kinds:
        return web.Response(text=PAGE, content_type="text/html")
    if "error_in_200" not in kinds:
        return None
    error = say(provider.words, "error_in_200", model=request.model)
    if not request.stream:
        return web.json_response(error.as_json())
    event = {**error.as_json(), "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}
    return web.Response(text=f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n", content_type="text/event-stream")


def over_limit(verdict: Verdict, request: ChatRequest, standing: Standing, provider: Provider) -> ApiError:
    """Returns the 429 for a request that does not fit now, or, when larger than a whole limit, never will."""
    quantity = verdict.limit or "requests"
    of_requests = quantity == "requests"
    limit = standing.limit_requests if of_requests else standing.limit_tokens
    used = limit - (standing.remaining_requests if of_requests else standing.remaining_tokens)
    never = math.isinf(verdict.retry_after)
    error = say(
        provider.words,
        "too_large" if never else "over_limit",
        model=request.model,
        unit=UNITS[quantity, verdict.window],
        quantity=quantity,
        limit=limit,
        used=used,
        requested=1 if of_requests else request.prompt_tokens,
        wait="" if never else format_duration(verdict.retry_after),
        whole="" if never else f"{math.ceil(verdict.retry_after)}s",
    )
    error.kind = "limit"
    error.headers = {} if never else wait_headers(verdict.retry_after, provider.waits)
    return error


def wait_headers(seconds: float, waits: Waits) -> dict[str, str]:
    """Returns the headers that tell the wait as a provider does: in whole seconds
    (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after) and milliseconds, milliseconds alone, as an HTTP date, or
    not at all.
    """
    whole, milliseconds = str(max(1, math.ceil(seconds))), str(math.ceil(seconds * 1000))
    if waits == "seconds":
        return {"retry-after": whole, "retry-after-ms": milliseconds}
    if waits == "milliseconds":
        return {"retry-after-ms": milliseconds}
    if waits == "date":
        return {"retry-after": formatdate(time.time() + max(1.0, math.ceil(seconds)), usegmt=True)}
    return {}


async def break_off(kinds: Collection[FaultKind], http: web.Request) -> None:
    """Breaks off an answer in the middle: at once, or after a stall longer than any client's timeout."""
    if "stalled_stream" in kinds:
        await asyncio.sleep(HANG_S)
    close_connection(http)


def drop(http: web.Request) -> web.StreamResponse:
    """Resets the connection of a request."""
    reset_connection(http)
    return web.Response()
