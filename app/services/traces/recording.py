"""Records of ticks, for explanation and replay."""

from __future__ import annotations

import datetime as dt

import structlog

from app.domain.behaviour.tick import Decision, TickContext
from app.domain.traces.codec import CodecError
from app.domain.traces.tick_record import TickRecord, pack

MAX_RECORD_BYTES = 256 * 1024
"""A larger record is not stored: its tick can be explained, but not replayed."""

log = structlog.get_logger()


def pack_tick(engine: str, seed: int, now: dt.datetime, context: TickContext, decision: Decision) -> bytes | None:
    """The packed record of a tick that speaks; None when it is too large. Never fails the tick."""
    try:
        packed = pack(TickRecord(engine, seed, now, context, decision))
    except CodecError as error:
        log.error("tick_not_recorded", bot=context.bot.bot_id, reason=str(error))
        return None
    if len(packed) > MAX_RECORD_BYTES:
        log.warning("tick_not_recorded", bot=context.bot.bot_id, reason=f"{len(packed)} bytes are too many")
        return None
    return packed
