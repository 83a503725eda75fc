"""The Bot API's HTTP handler: resolves bot and method, applies faults, calls, journals, answers."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from aiohttp import web

from sandbox.telegram.calls import Call
from sandbox.telegram.errors import ApiError, unauthorized
from sandbox.telegram.interference import Dropped, failed_answer, late_answer, strike_accepted, strike_before
from sandbox.telegram.methods import METHODS
from sandbox.telegram.params import Params, read_params, whole_number
from sandbox.telegram.polling import Described, Encoded
from sandbox.telegram.state import State

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Attempt:
    """One request as the journal records it."""

    state: State
    method: str
    bot_id: int | None
    t0: float
    params: Params = field(default_factory=lambda: Params({}))
    call: Call | None = None

    def record(self, status: int | None, **notes: Any) -> None:
        """Writes the `call` line: `status` is the HTTP status, None when the connection is cut."""
        call = self.call
        self.state.log(
            "call",
            method=self.method,
            bot_id=self.bot_id,
            chat_id=self.params.integer("chat_id"),
            params=self.params.without_secrets(),
            t0=self.t0,
            status=status,
            fault="+".join(call.faults) if call and call.faults else None,
            **notes,
        )


class Gateway:
    """Serves `/bot<token>/<method>`."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one call; unknown tokens get 401, unknown methods 404."""
        token, wanted = request.match_info["token"], request.match_info["method"]
        name = METHODS[wanted.lower()][0] if wanted.lower() in METHODS else wanted[:64]
        attempt = Attempt(self._state, name, claimed_bot_id(token), self._state.clock())
        try:
            attempt.params = await read_params(request)
            return await self._perform(request, attempt, token)
        except ApiError as error:
            notes = {"error": error.description, **error.parameters}
            attempt.record(error.code, accepted=False, **notes)
            return _json(json.dumps(error.wire()), status=error.code)
        except (Dropped, ConnectionResetError):  # by a fault, or by a caller that disconnected during the write
            attempt.record(None, accepted=False)
            return cut(request, reset=True)

    async def _perform(self, request: web.Request, attempt: Attempt, token: str) -> web.StreamResponse:
        bot = self._state.bot_by_token(token)
        if bot is None:
            raise unauthorized()
        if attempt.method.lower() not in METHODS:
            raise ApiError(404, "Not Found")
        call = attempt.call = Call(self._state, bot, token, attempt.method, attempt.params)
        await strike_before(call)
        if not call.token_is_valid:
            raise unauthorized()
        result = METHODS[attempt.method.lower()][1](call)
        if isawaitable(result):
            result = await result
        return await self._accept(request, attempt, call, result)

    async def _accept(self, request: web.Request, attempt: Attempt, call: Call, result: Any) -> web.StreamResponse:
        drops, failure, delay = strike_accepted(call), failed_answer(call), late_answer(call)
        notes: dict[str, Any] = {"accepted": True}
        if isinstance(result, dict) and "message_id" in result:
            notes["message_id"] = result["message_id"]
        if call.change is not None:
            notes["change"] = call.change
        status = failure.code if failure else 200
        attempt.record(None if drops else status, **notes)
        if delay:
            await asyncio.sleep(delay)
        if drops:
            return cut(request, reset=False)
        return _json(json.dumps(failure.wire()) if failure else encode_result(result), status=status)


def encode_result(result: Any) -> str:
    """Returns the body of a successful answer."""
    if isinstance(result, Encoded):
        return f'{{"ok":true,"result":{result.text}}}'
    if isinstance(result, Described):
        return json.dumps({"ok": True, "result": result.result, "description": result.description})
    return json.dumps({"ok": True, "result": result})


def claimed_bot_id(token: str) -> int | None:
    """Returns the bot id a token begins with, which is no secret, whether or not the token is valid."""
    head = token.partition(":")[0]
    return whole_number(head) if head.isascii() and head.isdigit() and len(head) <= 12 else None


def cut(request: web.Request, *, reset: bool) -> web.StreamResponse:
    """Ends the connection without an answer, with a TCP reset or an ordinary close."""
    transport = request.transport
    if transport is not None:
        plug: socket.socket | None = transport.get_extra_info("socket")
        if plug is not None and reset:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
    return web.Response()


def _json(body: str, *, status: int = 200) -> web.Response:
    return web.Response(text=body, status=status, content_type="application/json")
