"""The chat completions call: rate limits, answer, simulated latency, response."""

import asyncio
import itertools
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.journal import Journal
from sandbox.llm.answers import Answer, make_answer
from sandbox.llm.chat_requests import ChatRequest, read_chat_request, refuse
from sandbox.llm.connections import close_connection, reset_connection
from sandbox.llm.errors import ApiError, missing_key, refused_key, server_failure
from sandbox.llm.exchange import CLIENT_LEFT, Exchange, fingerprint_of
from sandbox.llm.fault_kinds import HANG_S, ON_ARRIVAL, PARTIAL, SLOWNESS
from sandbox.llm.faults import Fault, FaultBoard
from sandbox.llm.limits import KeyLimiter, Limiters, Verdict
from sandbox.llm.tokens import PrefixCache
from sandbox.llm.wire import ChunkWriter, HeaderStyle, as_completion, limit_headers

Clock = Callable[[], float]

UNITS = {
    ("requests", "minute"): "requests per min (RPM)",
    ("tokens", "minute"): "tokens per min (TPM)",
    ("requests", "day"): "requests per day (RPD)",
    ("tokens", "day"): "tokens per day (TPD)",
}


@dataclass(frozen=True)
class Latency:
    """The model's latency: `base_s` before the first token, then `token_s` for each; both seconds."""

    base_s: float = 0.3
    token_s: float = 0.004

    def of_token(self, fault: Fault | None) -> float:
        return self.token_s * (SLOWNESS if fault and fault.kind == "slow" else 1.0)


@dataclass
class Completions:
    """The handler of the calls. `clock` is monotonic seconds for limits, `wall` unix seconds for records."""

    limiters: Limiters
    faults: FaultBoard
    journal: Journal
    latency: Latency
    clock: Clock = time.monotonic
    wall: Clock = time.time
    headers: HeaderStyle = "openai"
    cache: PrefixCache = field(default_factory=PrefixCache)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answers one POST and writes it to the journal, whatever its outcome."""
        exchange = Exchange(t0=self.wall())
        try:
            return await self._answer(http, exchange)
        except ApiError as error:
            exchange.settle(error.status, error.message)
            headers = {**self._headers_of(exchange), **error.headers}
            return web.json_response(error.as_json(), status=error.status, headers=headers)
        finally:
            exchange.write_to(self.journal)

    async def _answer(self, http: web.Request, exchange: Exchange) -> web.StreamResponse:
        exchange.fingerprint = fingerprint_of(read_key(http))
        limiter = self.limiters.of(exchange.fingerprint)
        exchange.standing = limiter.standing(self.clock())
        request = exchange.request = read_chat_request(await read_json(http))
        fault = self.faults.draw(request.prompts)
        exchange.fault = fault.kind if fault else None
        if fault and fault.kind in ON_ARRIVAL:
            return strike(fault, http, exchange)
        verdict = limiter.admit(self.clock(), request.prompt_tokens)
        exchange.standing = limiter.standing(self.clock())
        if not verdict.admitted:
            raise over_limit(verdict, request, exchange)
        if fault and fault.kind == "timeout":
            await asyncio.sleep(HANG_S)
            return drop(http)
        cached = self.cache.look_up_and_remember(exchange.fingerprint, request.prompt)
        answer = make_answer(request, fault.kind if fault else None, cached)
        return await self._send(http, exchange, limiter, answer, fault)

    async def _send(
        self, http: web.Request, exchange: Exchange, limiter: KeyLimiter, answer: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        """Sends the answer with a model's latency. Charges its tokens even when the client has disconnected."""
        exchange.usage = answer.usage
        cut_short = fault is not None and fault.kind in PARTIAL
        try:
            await asyncio.sleep(self.latency.base_s)
            if exchange.request and exchange.request.stream:
                response = await self._send_stream(http, exchange, answer, fault)
            else:
                await asyncio.sleep(self.latency.of_token(fault) * answer.usage.completion)
        finally:
            limiter.charge(self.clock(), answer.usage.completion)
            exchange.standing = limiter.standing(self.clock())
        if not (exchange.request and exchange.request.stream):
            response = await self._send_whole(http, exchange, answer, fault)
        exchange.settle(200, "the answer was cut short" if cut_short else None)
        return response

    async def _send_whole(
        self, http: web.Request, exchange: Exchange, answer: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        body = as_completion(answer, self._new_id(), _model_of(exchange), int(exchange.t0))
        headers = self._headers_of(exchange)
        if fault is None or fault.kind not in PARTIAL:
            return web.json_response(body, headers=headers)
        data = json.dumps(body).encode()
        response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
        response.content_length = len(data)
        await response.prepare(http)
        await response.write(data[: len(data) // 2])
        await break_off(fault, http)
        return response

    async def _send_stream(
        self, http: web.Request, exchange: Exchange, answer: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        usage_wanted = bool(exchange.request and exchange.request.include_usage)
        writer = ChunkWriter(answer, self._new_id(), _model_of(exchange), int(exchange.t0), usage_wanted)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers={**self._headers_of(exchange), **headers})
        await response.prepare(http)
        await response.write(writer.first())
        pieces = writer.pieces()
        cut = fault if fault is not None and fault.kind in PARTIAL else None
        for piece, tokens in pieces[: len(pieces) // 2] if cut else pieces:
            await asyncio.sleep(self.latency.of_token(fault) * tokens)
            await response.write(piece)
        if cut:
            await break_off(cut, http)
        else:
            await response.write(writer.last())
        return response

    def _headers_of(self, exchange: Exchange) -> dict[str, str]:
        headers = {"x-request-id": f"req_{next(self.numbers)}"}
        return headers | (limit_headers(exchange.standing, self.headers) if exchange.standing else {})

    def _new_id(self) -> str:
        return f"chatcmpl-sandbox{next(self.numbers)}"


def read_key(http: web.Request) -> str:
    """Returns the bearer key of a request. Raises ApiError (401) when it is missing, empty, or the key `invalid`."""
    scheme, _, key = http.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise missing_key()
    if key.strip() == "invalid":
        raise refused_key()
    return key.strip()


async def read_json(http: web.Request) -> object:
    """Returns the body of a request. Raises ApiError (400) when it is not JSON."""
    try:
        return json.loads(await http.read())
    except (ValueError, RecursionError):
        refuse("We could not parse the JSON body of your request: send a JSON object in UTF-8.", None)


def strike(fault: Fault, http: web.Request, exchange: Exchange) -> web.StreamResponse:
    """Applies a fault that hits a request on arrival."""
    if fault.kind == "reset":
        exchange.settle(CLIENT_LEFT, "the connection was reset")
        reset_connection(http)
        return web.Response()
    if fault.kind == "unauthorized":
        raise refused_key()
    if fault.kind == "status_500":
        raise server_failure()
    headers = {} if fault.retry_after is None else _waiting(fault.retry_after)
    raise ApiError(429, "Rate limit reached.", type="requests", code="rate_limit_exceeded", headers=headers)


async def break_off(fault: Fault, http: web.Request) -> None:
    """Breaks off an answer in the middle: at once, or after a stall longer than any client's timeout."""
    if fault.kind == "stalled_stream":
        await asyncio.sleep(HANG_S)
    close_connection(http)


def drop(http: web.Request) -> web.StreamResponse:
    """Resets the connection of a request that was stalled beyond any client's timeout."""
    reset_connection(http)
    return web.Response()


def over_limit(verdict: Verdict, request: ChatRequest, exchange: Exchange) -> ApiError:
    """Returns the 429 for a request that does not fit now, or, when larger than a whole limit, never will."""
    unit = UNITS[verdict.limit or "requests", verdict.window]
    message = f"Rate limit reached for {request.model} on {unit}."
    headers = {}
    if math.isinf(verdict.retry_after):
        message = (
            f"Request too large for {request.model} on {unit}: {request.prompt_tokens} tokens were sent. "
            "The input must be reduced in order to run."
        )
    else:
        headers = _waiting(verdict.retry_after)
        message += f" Please try again in {headers['retry-after']}s."
    return ApiError(429, message, type=str(verdict.limit), code="rate_limit_exceeded", headers=headers)


def _waiting(seconds: float) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(seconds))), "retry-after-ms": str(math.ceil(seconds * 1000))}


def _model_of(exchange: Exchange) -> str:
    return exchange.request.model if exchange.request else ""
