"""Rows for tests: a bot with its persona, a chat, a membership, a person's message. Each commits what it makes."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.utterance import FINAL, LEASED
from app.models import Bot, Chat, Membership, Mention, Message, Person, Persona, TickSchedule, Utterance
from app.queues import shard_of

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def add(sessions: SessionFactory, *rows: Any) -> None:
    """Commits rows."""
    with sessions.begin() as session:
        session.add_all(rows)


def make_bot(sessions: SessionFactory, name: str = "Ada", due_at: dt.datetime = NOW, **persona: Any) -> Bot:
    """An active bot called `name`, due at `due_at`."""
    number = next(_numbers)
    bot = Bot(
        telegram_user_id=7_000_000 + number,
        username=f"{name.lower()}_{number}_bot",
        display_name=name,
        token_encrypted=f"sealed:{number}",
    )
    with sessions.begin() as session:
        session.add(bot)
        session.flush()
        session.add(Persona(bot_id=bot.id, **{"tone": "dry", "topics": ["rates"], **persona}))
        session.add(TickSchedule(bot_id=bot.id, shard=shard_of(bot.id, 64), due_at=due_at))
    return bot


def make_chat(sessions: SessionFactory, *bots: Bot, title: str = "Markets", **fields: Any) -> Chat:
    """An enabled supergroup with `bots` in it."""
    chat = Chat(telegram_chat_id=-1_001_000_000_000 - next(_numbers), title=title, **{"status": "enabled", **fields})
    with sessions.begin() as session:
        session.add(chat)
        session.flush()
        session.add_all(Membership(bot_id=bot.id, chat_id=chat.id) for bot in bots)
    return chat


def make_message(sessions: SessionFactory, chat: Chat, text: str, sent_at: dt.datetime = NOW) -> Message:
    """A person's message in `chat`."""
    number = next(_numbers)
    person = Person(telegram_user_id=9_000_000 + number, username=f"person{number}", display_name=f"Person {number}")
    with sessions.begin() as session:
        session.add(person)
        session.flush()
        message = Message(chat_id=chat.id, telegram_message_id=number, person_id=person.id, text=text, sent_at=sent_at)
        session.add(message)
    return message


def make_mention(sessions: SessionFactory, bot: Bot, message: Message, now: dt.datetime = NOW) -> Mention:
    """`message` addresses `bot`, which has five minutes to answer."""
    mention = Mention(bot_id=bot.id, message_id=message.id, expires_at=now + dt.timedelta(minutes=5), nudge_at=now)
    add(sessions, mention)
    return mention


def make_utterance(sessions: SessionFactory, bot: Bot, chat: Chat, state: str = "ready", **fields: Any) -> Utterance:
    """An utterance of `bot` in `state`: unasked, with a text that is due now, unless `fields` say otherwise."""
    urgency = fields.get("urgency", "ambient")
    base: dict[str, Any] = {
        "due_at": NOW + dt.timedelta(milliseconds=next(_numbers)),
        "kind": "topic",
        "urgency": urgency,
        "lane": f"chat.{urgency}",
        "topic": "rates",
        "available_at": NOW,
        "planned_at": NOW,
        "text": None if state in {"planned", "generating"} else f"Text of {bot.display_name}",
        "typing_at": NOW,
        "send_at": NOW,
    }
    if state in FINAL:
        base["finished_at"] = fields.get("planned_at", NOW)
    if state in LEASED:
        base["lease_until"] = NOW + dt.timedelta(seconds=30)
    if state == "sent" and fields.get("kind") != "reaction":
        base["telegram_message_id"] = 1_000_000 + next(_numbers)
    utterance = Utterance(bot_id=bot.id, chat_id=chat.id, state=state, **{**base, **fields})
    add(sessions, utterance)
    return utterance


def end(sessions: SessionFactory, utterance: Utterance, state: str) -> None:
    """Ends an utterance in `state` by hand."""
    with sessions.begin() as session:
        row = session.merge(utterance)
        row.state, row.finished_at = state, NOW


def make_update(update_id: int, chat: Chat, message_id: int, text: str, **extra: Any) -> dict[str, Any]:
    """A Telegram update with the message of a person called Grace."""
    return {
        "update_id": update_id,
        "message": {
            "message_id": message_id,
            "date": int(NOW.timestamp()),
            "chat": {"id": chat.telegram_chat_id, "type": "supergroup", "title": chat.title},
            "from": {"id": 555, "first_name": "Grace", "username": "grace"},
            "text": text,
            **extra,
        },
    }


def refetch(sessions: SessionFactory, row: Any) -> Any:
    """`row` as it is in Postgres now."""
    with sessions() as session:
        return session.get(type(row), row.id)


def fetch(sessions: SessionFactory, statement: Any) -> list[Any]:
    """All scalars of a select, in a session of its own."""
    with sessions() as session:
        return list(_scalars(session, statement))


def _scalars(session: Session, statement: Any) -> Any:
    return session.scalars(statement).all()
