"""The inbox of Telegram's updates: storing them, and processing them in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.ingest.leader import PATIENCE_S
from app.domain.json_text import is_too_deep, storable_json
from app.domain.ports import Clock, EventStream, TaskQueue
from app.domain.settings.book import SettingsBook
from app.repositories.ingest import inbox
from app.repositories.ingest.inbox import StoredUpdate
from app.services.ingest.batch import Processed
from app.services.ingest.processing import process_updates
from app.services.settings.values import SettingsReader
from app.services.work import UPDATE, set_aside, work_in_parts

BATCH = 200
COPIES = 5000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IngestPorts:
    """Ports that ingest uses; `operator` is the installation's operator, named in answers to people."""

    sessions: SessionFactory
    settings: SettingsReader
    queue: TaskQueue
    events: EventStream
    clock: Clock
    operator: str = ""


def store_updates(ports: IngestPorts, bot_id: int, updates: Sequence[Mapping[str, Any]]) -> None:
    """Stores a bot's updates and its offset in one transaction, and nudges ingest."""
    kept = [_kept(bot_id, update) for update in updates]
    with ports.sessions.begin() as session:
        added = inbox.store(session, bot_id, kept, ports.clock.now(), PATIENCE_S)
        inbox.move_offset(session, bot_id, max(int(update["update_id"]) for update in updates) + 1)
    _count_copies(len(kept) - added)
    ports.queue.nudge_ingest()


def store_delivered(sessions: SessionFactory, clock: Clock, bot_id: int, update: Mapping[str, Any]) -> None:
    """Stores one update that Telegram delivered to a webhook, in one statement; the caller nudges.

    An update that Postgres cannot store is kept by its number alone: Telegram would repeat it forever, and hold back
    everything behind it.
    """
    try:
        _store_one(sessions, clock, bot_id, _kept(bot_id, update))
    except DataError:
        _store_one(sessions, clock, bot_id, _number_alone(bot_id, update))


def _kept(bot_id: int, update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns an update as Postgres can store it."""
    if is_too_deep(update):
        return _number_alone(bot_id, update)
    kept: Mapping[str, Any] = storable_json(update)
    return kept


def _number_alone(bot_id: int, update: Mapping[str, Any]) -> Mapping[str, Any]:
    log.warning("update_unstorable", bot=bot_id, update=update["update_id"])
    return {"update_id": update["update_id"], "unstorable": True}


def _store_one(sessions: SessionFactory, clock: Clock, bot_id: int, update: Mapping[str, Any]) -> None:
    with sessions.begin() as session:
        added = inbox.store(session, bot_id, [update], clock.now(), PATIENCE_S)
    _count_copies(1 - added)


def ingest(ports: IngestPorts) -> None:
    """Processes the inbox until it is empty.

    One worker at a time, so that the messages of a chat are stored in order; a second one waits until the first has
    ended its batch, a third leaves at once: the second will process what it was called for.
    """
    while _ingest_batch(ports):
        continue


def _ingest_batch(ports: IngestPorts) -> bool:
    """Processes one batch; returns whether there may be more."""
    settings = ports.settings.book()
    with ports.sessions() as place:
        if not inbox.queue_up(place):
            return False
        with ports.sessions.begin() as session:
            inbox.wait_for_turn(session)
            place.rollback()
            now = ports.clock.now()
            closed = inbox.close_copies(session, now, COPIES)
            batch = inbox.claim(session, now, BATCH)
            processed = _process_safely(session, batch, now, settings, ports.operator) if batch else Processed()
    _count_copies(closed)
    _tell(ports, processed)
    return len(batch) == BATCH or closed == COPIES


def _tell(ports: IngestPorts, processed: Processed) -> None:
    if processed.forgot:
        ports.queue.nudge_forgetting()
    if processed.answers:
        ports.queue.nudge_delivery()
    for tick in processed.ticks:
        ports.queue.publish_urgent_tick(tick)
    for chat_id in processed.chat_ids:
        ports.events.publish("message", chat_id=chat_id)


def _process_safely(
    session: Session, batch: Sequence[StoredUpdate], now: dt.datetime, settings: SettingsBook, operator: str
) -> Processed:
    """Processes a batch at once; updates that raise an error are set aside and do not block the others."""
    work = partial(process_updates, session, now=now, settings=settings, operator=operator)
    processed, failed = work_in_parts(batch, work, session.begin_nested)
    for one in failed:
        set_aside(session, UPDATE, one.item.id, one.error, now)
    return sum(processed, Processed())


def _count_copies(count: int) -> None:
    if count > 0:
        metrics.UPDATES.labels("duplicate").inc(count)
