"""Data of the dashboard: counters, recent utterances, the live chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import redis

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.domain.ports import Clock
from app.repositories.conversation import history
from app.repositories.conversation.history import SaidMessage, UtteranceRecord
from app.repositories.fleet import bots, chats
from app.repositories.fleet.chats import ChatRecord
from app.repositories.overview import counters
from app.repositories.overview.counters import Counters, Minute
from app.services.overview.read_through import read_through

COUNTERS_KEY = "overview:counters"
COUNTERS_TTL_MS = 1000


@dataclass(frozen=True, slots=True)
class LiveChat:
    """A chat now: its messages, oldest first, and its open utterances."""

    chat: ChatRecord
    messages: Sequence[SaidMessage]
    pending: Sequence[UtteranceRecord]
    now: dt.datetime


def read_counters(sessions: SessionFactory, cache: redis.Redis, clock: Clock) -> Counters:
    """The counters, at most a second old, counted once for all viewers of all processes.

    Without Redis they are counted for each viewer.
    """

    def load() -> dict[str, Any]:
        with sessions() as session:
            return asdict(counters.read_counters(session, clock.now()))

    return Counters(**read_through(cache, COUNTERS_KEY, COUNTERS_TTL_MS, load))


def read_message_rates(sessions: SessionFactory, clock: Clock, minutes: int = 30) -> Sequence[Minute]:
    """Messages of people and of bots in each of the last minutes, oldest first."""
    with sessions() as session:
        return counters.read_message_rates(session, clock.now(), minutes)


def list_recent_utterances(sessions: SessionFactory, limit: int = 30) -> Sequence[UtteranceRecord]:
    """The fleet's last utterances, newest first."""
    with sessions() as session:
        return history.recent_utterances(session, limit)


def list_utterances_of_bot(sessions: SessionFactory, bot_id: int, limit: int = 20) -> Sequence[UtteranceRecord]:
    """A bot's last utterances, newest first. Raises NotFound."""
    with sessions() as session:
        if bots.find_bot(session, bot_id) is None:
            raise NotFound(f"There is no bot {bot_id}.")
        return history.utterances_of_bot(session, bot_id, limit)


def watch_chat(sessions: SessionFactory, clock: Clock, chat_id: int, limit: int = 80) -> LiveChat:
    """A chat's last `limit` messages and its open utterances. Raises NotFound."""
    with sessions() as session:
        chat = chats.find_chat(session, chat_id)
        if chat is None:
            raise NotFound(f"There is no chat {chat_id}.")
        return LiveChat(
            chat,
            history.recent_messages(session, chat_id, limit),
            history.open_utterances(session, chat_id, 10),
            clock.now(),
        )


def is_at_rest(sessions: SessionFactory) -> bool:
    """Whether no utterance is open and no mention waits for an answer."""
    with sessions() as session:
        return counters.count_unfinished(session) == 0


def count_states(sessions: SessionFactory) -> dict[str, int]:
    """Counts all stored utterances by state."""
    with sessions() as session:
        return counters.count_states(session)


def check_writes(sessions: SessionFactory) -> None:
    """Returns when Postgres takes writes. Raises SQLAlchemy's DBAPIError when it is away or can only be read."""
    with sessions() as session:
        counters.check_writes(session)
