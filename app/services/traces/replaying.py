"""Replay of stored ticks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db import SessionFactory
from app.domain.behaviour.tick import Decision
from app.domain.errors import ChorusError, NotFound
from app.domain.traces.tick_record import TickRecord, is_same, read_record, replay, unpack
from app.repositories.traces import tick_traces
from app.repositories.traces.tick_traces import StoredTick


class NotReplayable(ChorusError):
    """A known tick that this process cannot replay; the text says why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A tick as stored, and as this engine decides it; `same` is bitwise equality."""

    record: TickRecord
    decision: Decision
    same: bool


def find_tick(sessions: SessionFactory, tick_id: int) -> StoredTick:
    """Returns the tick of utterance `tick_id`. Raises NotFound when there is none, or its trace was pruned."""
    with sessions() as session:
        stored = tick_traces.find(session, tick_id)
    if stored is None:
        raise NotFound(
            f"There is no trace of tick {tick_id}: no bot spoke in it, or it was longer ago than traces last."
        )
    return stored


def read_document(stored: StoredTick) -> dict[str, Any]:
    """Returns the stored record as parsed JSON. Raises NotReplayable when it was not kept."""
    if stored.record is None:
        raise NotReplayable(
            f"Tick {stored.utterance_id} has no record: it was too large, or is from before records were kept, or a"
            " person whose words it held asked to be forgotten."
        )
    return {"tick_id": stored.utterance_id, **unpack(stored.record)}


def replay_document(document: Mapping[str, Any], engine: str, *, any_engine: bool = False) -> Replayed:
    """Replays the tick of a record.

    Raises NotReplayable when another engine wrote it, unless `any_engine`, and CodecError when it cannot be read.
    """
    written_by = document.get("engine")
    if written_by != engine and isinstance(written_by, str) and not any_engine:
        raise NotReplayable(
            f"Engine {written_by} decided this tick, and this is {engine}: use the release it names, or --any-engine to"
            " see what this one decides."
        )
    record = read_record({key: value for key, value in document.items() if key != "tick_id"}, engine)
    try:
        decision = replay(record)
        return Replayed(record, decision, is_same(decision, record.decision))
    except (ArithmeticError, ValueError, LookupError, TypeError) as error:
        raise NotReplayable(
            f"The record holds values that no tick had ({type(error).__name__}): export it again, and change nothing."
        ) from None
