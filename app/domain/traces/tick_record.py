"""The record of a tick that can be replayed: its context, instant, seed and decision.

A record holds the whole input of `decide`, including people's messages, and nothing else: no token, no prompt.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.behaviour.decide import decide
from app.domain.behaviour.tick import Decision, TickContext
from app.domain.traces.codec import CodecError
from app.domain.traces.codec import decode as decode_value
from app.domain.traces.codec import encode as encode_value

FORMAT = "chorus-tick-1"
MAX_BYTES = 50_000_000
"""The largest record that is unpacked, so that a forged file cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class TickRecord:
    """A decided tick: `engine` is the version of the rules that decided it, `seed` that of the tick's rng."""

    engine: str
    seed: int
    decided_at: dt.datetime
    context: TickContext
    decision: Decision


def decide_by_seed(context: TickContext, now: dt.datetime, seed: int) -> Decision:
    """Decides a tick with an rng seeded with `seed`; used both for ticks and for replays."""
    return decide(context, now, random.Random(seed))


def replay(record: TickRecord) -> Decision:
    """Decides the record's tick again, with this process's engine."""
    return decide_by_seed(record.context, record.decided_at, record.seed)


def is_same(one: Decision, other: Decision) -> bool:
    """Returns whether two decisions are equal bit for bit, in the plan and every number of the trace."""
    return _text(encode_value(Decision, one)) == _text(encode_value(Decision, other))


def show_record(record: TickRecord) -> dict[str, Any]:
    """Encodes the record as JSON values. Raises CodecError for a context that has no exact JSON."""
    return {"format": FORMAT, **encode_value(TickRecord, record)}


def read_record(document: Mapping[str, Any], engine: str) -> TickRecord:
    """Decodes what `show_record` encoded. Raises CodecError, which names both engines if they differ."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise CodecError(f"This is no record of a tick: its format is not {FORMAT}.")
    try:
        record: TickRecord = decode_value(TickRecord, {k: v for k, v in document.items() if k != "format"})
    except CodecError as error:
        written_by = document.get("engine")
        if written_by == engine:
            raise
        raise CodecError(
            f"Engine {written_by} wrote this record, and this is {engine}, which cannot read it: {error}"
        ) from None
    return record


def pack(record: TickRecord) -> bytes:
    """Compresses the record. Raises CodecError."""
    return zlib.compress(_text(show_record(record)).encode())


def unpack(packed: bytes) -> dict[str, Any]:
    """Returns the document that `pack` compressed. Raises CodecError."""
    try:
        document: dict[str, Any] = json.loads(zlib.decompressobj().decompress(packed, MAX_BYTES))
    except (ValueError, zlib.error) as error:
        raise CodecError(f"The stored record is damaged: {error}") from None
    return document


def _text(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), allow_nan=False)
