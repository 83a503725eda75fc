"""From Telegram updates to what was said, by whom, and whom it addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.analysis.addressing import find_addressed
from app.domain.analysis.questions import is_question
from app.domain.analysis.symbols import find_symbols
from app.domain.ports import Clock, EventStream, TaskQueue, TickRef
from app.domain.settings import FleetSettings
from app.domain.updates import Edited, Joined, Said, Update, parse_update, storable
from app.repositories import inbox, mentions
from app.repositories.inbox import KnownChat, NewMessage, StoredUpdate
from app.services.settings import SettingsReader

BATCH = 200
NUDGE_S = 8.0
RETRY_S = 5.0
MAX_ATTEMPTS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IngestPorts:
    """What ingest needs of the outside."""

    sessions: SessionFactory
    settings: SettingsReader
    queue: TaskQueue
    events: EventStream
    clock: Clock


@dataclass(frozen=True, slots=True)
class Worked:
    """What a batch of updates led to."""

    ticks: tuple[TickRef, ...] = ()
    chat_ids: tuple[int, ...] = ()


def store_updates(ports: IngestPorts, bot_id: int, updates: Sequence[Mapping[str, Any]]) -> None:
    """Keeps a bot's updates and its offset in one transaction, and asks for them to be worked in."""
    with ports.sessions.begin() as session:
        inbox.store(session, bot_id, [storable(update) for update in updates], ports.clock.now())
    ports.queue.nudge_ingest()


def ingest(ports: IngestPorts) -> None:
    """Works in the inbox until it is empty.

    A batch that fails is tried again one by one, so that one bad update cannot hold up the others.
    """
    while True:
        now = ports.clock.now()
        with ports.sessions.begin() as session:
            batch = inbox.claim(session, now, BATCH)
            if not batch:
                return
            worked = _work_in_safely(session, batch, now, ports.settings.read())
        for tick in worked.ticks:
            ports.queue.publish_urgent_tick(tick)
        for chat_id in worked.chat_ids:
            ports.events.publish("message", chat_id=chat_id)
        if len(batch) < BATCH:
            return


def _work_in_safely(
    session: Session, batch: Sequence[StoredUpdate], now: dt.datetime, settings: FleetSettings
) -> Worked:
    try:
        with session.begin_nested():
            return work_in(session, batch, now, settings)
    except Exception as error:
        if len(batch) > 1:
            parts = [_work_in_safely(session, [update], now, settings) for update in batch]
            ticks = tuple(tick for part in parts for tick in part.ticks)
            return Worked(ticks, tuple(chat for part in parts for chat in part.chat_ids))
        log.error("update_failed", update=batch[0].id, bot=batch[0].bot_id, error=type(error).__name__)
        inbox.delay(session, [batch[0].id], now + dt.timedelta(seconds=RETRY_S), MAX_ATTEMPTS)
        return Worked()


def work_in(session: Session, batch: Sequence[StoredUpdate], now: dt.datetime, settings: FleetSettings) -> Worked:
    """Stores what a batch of updates tells, in a handful of statements, and marks each with its outcome."""
    parsed = {update.id: parse_update(update.payload) for update in batch}
    outcomes = {update_id: parsed_update.outcome for update_id, parsed_update in parsed.items()}
    for update in batch:
        told = parsed[update.id]
        if isinstance(told, Joined):
            inbox.set_membership(session, update.bot_id, told.telegram_chat_id, told.title, told.status)
    chats = inbox.known_chats(
        session, sorted({told.telegram_chat_id for told in parsed.values() if told.telegram_chat_id})
    )
    _follow_edits(session, parsed.values(), chats, now)
    said = _distinct(parsed, chats, inbox.our_bots(session, _authors(parsed.values())), outcomes)
    ticks = _store_messages(session, said, chats, now, settings) if said else Worked()
    inbox.finish(session, outcomes, now)
    for outcome in outcomes.values():
        metrics.UPDATES.labels(outcome).inc()
    return ticks


def _authors(parsed: Any) -> list[int]:
    return sorted({told.telegram_user_id for told in parsed if isinstance(told, Said)})


def _distinct(
    parsed: Mapping[int, Update], chats: Mapping[int, KnownChat], our_bots: set[int], outcomes: dict[int, str]
) -> list[Said]:
    """The people's messages of known chats, each once: every bot of a chat brings its own copy."""
    found: dict[tuple[int, int], Said] = {}
    for update_id, told in parsed.items():
        if not isinstance(told, Said):
            continue
        key = (told.telegram_chat_id, told.telegram_message_id)
        if told.telegram_chat_id not in chats:
            outcomes[update_id] = "unknown_chat"
        elif told.telegram_user_id in our_bots:
            outcomes[update_id] = "own_message"
        elif key in found:
            outcomes[update_id] = "duplicate"
        else:
            found[key] = told
    return [found[key] for key in sorted(found)]


def _store_messages(
    session: Session, said: Sequence[Said], chats: Mapping[int, KnownChat], now: dt.datetime, settings: FleetSettings
) -> Worked:
    inbox.upsert_people(session, {told.telegram_user_id: (told.username, told.display_name) for told in said})
    added = inbox.insert_messages(session, [_new_message(told, chats[told.telegram_chat_id].id) for told in said])
    fresh = [told for told in said if (chats[told.telegram_chat_id].id, told.telegram_message_id) in added]
    replies = [(chats[told.telegram_chat_id].id, told.reply_to) for told in fresh if told.reply_to is not None]
    authors = inbox.authors_of_replies(session, replies) if replies else {}
    pairs: list[tuple[int, int]] = []
    for told in fresh:
        chat = chats[told.telegram_chat_id]
        replied_bot = authors.get((chat.id, told.reply_to or 0))
        message_id = added[chat.id, told.telegram_message_id]
        pairs += [(bot_id, message_id) for bot_id in find_addressed(told.text, chat.bots, replied_bot)]
    ticks = mentions.insert(session, pairs, now, settings.mention_patience_s, NUDGE_S) if pairs else []
    return Worked(tuple(ticks), tuple(sorted({chat_id for chat_id, _ in added})))


def _new_message(told: Said, chat_id: int) -> NewMessage:
    return NewMessage(
        chat_id=chat_id,
        telegram_message_id=told.telegram_message_id,
        telegram_user_id=told.telegram_user_id,
        text=told.text,
        sent_at=told.sent_at,
        reply_to=told.reply_to,
        thread_id=told.thread_id,
        is_question=is_question(told.text),
        symbols=find_symbols(told.text),
    )


def _follow_edits(session: Session, parsed: Any, chats: Mapping[int, KnownChat], now: dt.datetime) -> None:
    for told in parsed:
        if isinstance(told, Edited) and told.telegram_chat_id in chats:
            inbox.edit_message(session, chats[told.telegram_chat_id].id, told.telegram_message_id, told.text, now)
