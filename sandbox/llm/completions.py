"""The chat completions call: the provider's rules, rate limits, a slot of the processor, the answer and its time."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.journal import Journal
from sandbox.llm.answers import Answer, make_answer
from sandbox.llm.chat_requests import ChatRequest, read_chat_request, refuse
from sandbox.llm.engine import Engine
from sandbox.llm.errors import ApiError, missing_key, refused_key, say
from sandbox.llm.exchange import CLIENT_LEFT, Exchange, fingerprint_of
from sandbox.llm.fault_kinds import HANG_S, PARTIAL, SLOWNESS, FaultKind
from sandbox.llm.faults import FaultBoard
from sandbox.llm.limits import KeyLimiter, Limiters
from sandbox.llm.providers import PLAIN, Provider
from sandbox.llm.refusals import break_off, drop, over_limit, stand_in, strike
from sandbox.llm.rules import check_body, check_request
from sandbox.llm.tokens import PrefixCache
from sandbox.llm.wire import ChunkWriter, as_completion, limit_headers

Clock = Callable[[], float]


@dataclass(frozen=True)
class Call:
    """One request with what happens to it: faults on demand and habits of the provider."""

    http: web.Request
    exchange: Exchange
    request: ChatRequest
    faults: frozenset[FaultKind]
    habits: frozenset[FaultKind]
    retry_after: float | None = None

    @property
    def kinds(self) -> frozenset[FaultKind]:
        return self.faults | self.habits

    @property
    def is_partial(self) -> bool:
        return not self.kinds.isdisjoint(PARTIAL)


@dataclass
class Completions:
    """The handler of the calls. `clock` is monotonic seconds for limits, `wall` unix seconds for records."""

    limiters: Limiters
    faults: FaultBoard
    journal: Journal
    engine: Engine
    provider: Provider = PLAIN
    clock: Clock = time.monotonic
    wall: Clock = time.time
    cache: PrefixCache = field(default_factory=PrefixCache)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answers one POST and writes it to the journal, whatever its outcome."""
        exchange = Exchange(t0=self.wall())
        try:
            return await self._answer(http, exchange)
        except ApiError as error:
            exchange.settle(error.status, error.message, error.kind)
            headers = {**self._headers_of(exchange), **error.headers}
            return web.json_response(error.as_json(), status=error.status, headers=headers)
        finally:
            exchange.write_to(self.journal)

    async def _answer(self, http: web.Request, exchange: Exchange) -> web.StreamResponse:
        exchange.fingerprint = fingerprint_of(read_key(http))
        limiter = self.limiters.of(exchange.fingerprint)
        exchange.standing = limiter.standing(self.clock())
        body = await read_json(http)
        request = exchange.request = read_chat_request(body)
        call = self._meet_faults(http, exchange, request)
        if "reset" in call.kinds:
            exchange.settle(CLIENT_LEFT, "the connection was reset", "reset")
            return drop(http)
        strike(call.kinds, call.retry_after, request, self.provider)
        check_body(request.body, self.provider)
        check_request(request, self.provider)
        verdict = limiter.admit(self.clock(), request.prompt_tokens)
        exchange.standing = limiter.standing(self.clock())
        if not verdict.admitted:
            raise over_limit(verdict, request, exchange.standing, self.provider)
        if "timeout" in call.kinds:
            await asyncio.sleep(HANG_S)
            return drop(http)
        return await self._work(call, limiter)

    def _meet_faults(self, http: web.Request, exchange: Exchange, request: ChatRequest) -> Call:
        fault = self.faults.draw(request.prompts)
        habits = self.faults.draw_habits(self.provider.habits)
        exchange.fault = fault.kind if fault else None
        exchange.habits = tuple(sorted(habits))
        kinds = frozenset({fault.kind} if fault else ())
        return Call(http, exchange, request, kinds, habits, fault.retry_after if fault else None)

    async def _work(self, call: Call, limiter: KeyLimiter) -> web.StreamResponse:
        """Holds a slot for as long as the answer takes, and charges its tokens even when the client has left."""
        request, exchange = call.request, call.exchange
        async with self.engine.hold(request.prompt, exchange.work) as work:
            if self.provider.speed.cache == "key":
                work.cached = self.cache.look_up_and_remember(exchange.fingerprint or "", request.prompt)
            if replacement := stand_in(call.kinds, request, self.provider):
                await self.engine.read(work, request.prompt_tokens)
                exchange.settle(200, "no answer in the answer", "broken")
                return replacement
            answer = make_answer(request, call.faults, work.cached, self.provider, call.habits)
            exchange.usage, exchange.finish = answer.usage, answer.finish_reason
            return await self._send(call, limiter, answer)

    async def _send(self, call: Call, limiter: KeyLimiter, answer: Answer) -> web.StreamResponse:
        exchange, request = call.exchange, call.request
        slowness = SLOWNESS if "slow" in call.kinds else 1.0
        try:
            await self.engine.read(exchange.work, request.prompt_tokens)
            if request.stream and not self._fails_validation(call):
                response = await self._send_stream(call, answer, slowness)
            else:
                await self.engine.write(exchange.work, answer.usage.completion, slowness)
        finally:
            limiter.charge(self.clock(), answer.usage.completion)
            exchange.standing = limiter.standing(self.clock())
        if self._fails_validation(call):
            raise say(self.provider.words, "json_validate_failed", generation=answer.said)
        if not request.stream:
            response = await self._send_whole(call, answer)
        exchange.settle(
            200, "the answer was cut short" if call.is_partial else None, "broken" if call.is_partial else None
        )
        return response

    def _fails_validation(self, call: Call) -> bool:
        """Whether the provider finds its model's JSON invalid; only where it was asked for JSON."""
        return "json_validate_failed" in call.kinds and call.request.format != "text"

    async def _send_whole(self, call: Call, answer: Answer) -> web.StreamResponse:
        body = as_completion(answer, self._new_id(), call.request.model, int(call.exchange.t0))
        headers = self._headers_of(call.exchange)
        if not call.is_partial:
            return web.json_response(body, headers=headers)
        data = json.dumps(body).encode()
        response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
        response.content_length = len(data)
        await response.prepare(call.http)
        await response.write(data[: len(data) // 2])
        await break_off(call.kinds, call.http)
        return response

    async def _send_stream(self, call: Call, answer: Answer, slowness: float) -> web.StreamResponse:
        usage_wanted, started = call.request.include_usage, int(call.exchange.t0)
        writer = ChunkWriter(answer, self._new_id(), call.request.model, started, usage_wanted)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers={**self._headers_of(call.exchange), **headers})
        await response.prepare(call.http)
        await response.write(writer.first())
        pieces = writer.pieces()
        for piece, tokens in pieces[: len(pieces) // 2] if call.is_partial else pieces:
            await self.engine.write(call.exchange.work, tokens, slowness)
            await response.write(piece)
        if call.is_partial:
            await break_off(call.kinds, call.http)
        else:
            await response.write(writer.last())
        return response

    def _headers_of(self, exchange: Exchange) -> dict[str, str]:
        headers = {"x-request-id": f"req_{next(self.numbers)}"}
        return headers | (limit_headers(exchange.standing, self.provider.headers) if exchange.standing else {})

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
