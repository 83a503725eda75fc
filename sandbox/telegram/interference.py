"""Injection of faults into a call: before it is accepted, and after."""

import asyncio

from sandbox.telegram.actions import migrate_chat
from sandbox.telegram.calls import Call, kicked
from sandbox.telegram.errors import ApiError, too_many_requests, unauthorized
from sandbox.telegram.faults import Fault, Kind

REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Dropped(Exception):
    """A fault ends the connection before the call was accepted."""


async def strike_before(call: Call) -> None:
    """Delays or refuses the call as the active faults demand. Raises ApiError or Dropped."""
    if (fault := _take(call, "latency")) is not None:
        await asyncio.sleep(fault.seconds)
    if _take(call, "unauthorized") is not None:
        raise unauthorized()
    if (fault := _take(call, "status")) is not None:
        raise server_error(fault.status)
    if _take(call, "drop_before") is not None:
        raise Dropped
    _strike_chat(call)


def _strike_chat(call: Call) -> None:
    chat = call.state.chat(call.chat_id) if call.chat_id is not None else None
    if _take(call, "forbidden") is not None:
        raise kicked(chat) if chat is not None else ApiError(403, "bot was kicked from the supergroup chat")
    if (fault := _take(call, "flood")) is not None:
        chat_id = chat.id if chat is not None else None
        raise too_many_requests(call.state.limits.refuse(call.bot.id, chat_id, fault.retry_after))
    if chat is not None and chat.is_basic and chat.migrated_to is None and _take(call, "migrate") is not None:
        migrate_chat(call.state, chat)


def strike_accepted(call: Call) -> bool:
    """Whether a fault ends the connection of an accepted call without an answer."""
    return _take(call, "drop_after") is not None


def failed_answer(call: Call) -> ApiError | None:
    """Returns the 5xx that a fault answers an accepted call with."""
    fault = _take(call, "status_after")
    return None if fault is None else server_error(fault.status)


def server_error(status: int) -> ApiError:
    """Returns a 5xx in the Bot API's form."""
    return ApiError(status, REASONS.get(status, "Internal Server Error"))


def late_answer(call: Call) -> float:
    """Returns the seconds by which a fault delays the answer of an accepted call."""
    fault = _take(call, "latency", after=True)
    return 0.0 if fault is None else fault.seconds


def _take(call: Call, kind: Kind, *, after: bool = False) -> Fault | None:
    fault = call.state.faults.take(kind, method=call.method, bot_id=call.bot.id, chat_id=call.chat_id, after=after)
    if fault is not None:
        call.faults.append(kind)
    return fault
