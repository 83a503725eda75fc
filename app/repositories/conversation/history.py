"""Messages and utterances, for pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.repositories.utterances.sql import read


@dataclass(frozen=True, slots=True)
class SaidMessage:
    """A message of a chat. `bot_id` is set when it is by one of our bots; the quote is the message it replies to."""

    id: int
    telegram_message_id: int
    author: str
    bot_id: int | None
    username: str | None
    text: str
    sent_at: dt.datetime
    edited_at: dt.datetime | None
    reply_to: int | None
    quoted_author: str | None
    quoted_text: str | None


@dataclass(frozen=True, slots=True)
class UtteranceRecord:
    """An utterance with the names of its bot and chat, its trace, and the notes of operators.

    `engine` is the version of the rules that decided it, None when its trace was deleted; `replays` is whether a record
    exists to replay it. `rewrite_reason` is why its first draft was refused.
    """

    id: int
    bot_id: int
    bot_name: str
    chat_id: int
    chat_title: str
    kind: str
    urgency: str
    topic: str | None
    state: str
    reason: str | None
    text: str | None
    emoji: str | None
    planned_at: dt.datetime
    typing_at: dt.datetime | None
    send_at: dt.datetime | None
    finished_at: dt.datetime | None
    target_author: str | None
    target_text: str | None
    rewrite_reason: str | None
    trace: Sequence[dict[str, Any]]
    engine: str | None = None
    replays: bool = False


MESSAGES = text("""
    select m.id, m.telegram_message_id, coalesce(p.display_name, b.display_name) as author, m.bot_id,
           coalesce(p.username, b.username) as username, m.text, m.sent_at, m.edited_at,
           m.reply_to_message_id as reply_to, coalesce(qp.display_name, qb.display_name) as quoted_author,
           left(q.text, 200) as quoted_text
    from (select * from messages where chat_id = :chat_id and text <> '' order by sent_at desc limit :limit) m
    left join people p on p.id = m.person_id
    left join bots b on b.id = m.bot_id
    left join messages q on q.chat_id = m.chat_id and q.telegram_message_id = m.reply_to_message_id
    left join people qp on qp.id = q.person_id
    left join bots qb on qb.id = q.bot_id
    order by m.sent_at, m.telegram_message_id
""")

UTTERANCES = """
    select u.id, u.bot_id, b.display_name as bot_name, u.chat_id, c.title as chat_title, u.kind, u.urgency, u.topic,
           u.state, u.reason, u.text, u.emoji, u.planned_at, u.typing_at, u.send_at, u.finished_at,
           coalesce(p.display_name, tb.display_name) as target_author, left(t.text, 200) as target_text,
           u.rewrite_reason, coalesce(w.steps, '[]') || u.notes as trace, w.engine, w.record is not null as replays
    from ({chosen}) u
    join bots b on b.id = u.bot_id
    join chats c on c.id = u.chat_id
    left join messages t on t.id = u.target_message_id
    left join people p on p.id = t.person_id
    left join bots tb on tb.id = t.bot_id
    left join tick_traces w on w.utterance_id = u.id
    order by {order}
"""
RECENT = text(
    UTTERANCES.format(
        chosen="select * from utterances order by planned_at desc limit :limit", order="u.planned_at desc, u.id desc"
    )
)
RECENT_OF_BOT = text(
    UTTERANCES.format(
        chosen="select * from utterances where bot_id = :bot_id and chat_id = coalesce(:chat_id, chat_id)"
        " order by planned_at desc limit :limit",
        order="u.planned_at desc, u.id desc",
    )
)
ONE = text(UTTERANCES.format(chosen="select * from utterances where id = :id", order="u.id"))
OPEN_IN_CHAT = read(
    UTTERANCES.format(
        chosen="select * from utterances where chat_id = :chat_id and state {OPEN}"
        " and planned_at > now() - interval '1 day' order by planned_at limit :limit",
        order="u.send_at nulls last, u.planned_at, u.id",
    )
)


def recent_messages(session: Session, chat_id: int, limit: int) -> Sequence[SaidMessage]:
    """The last messages of a chat, oldest first."""
    rows = session.execute(MESSAGES, {"chat_id": chat_id, "limit": limit})
    return [SaidMessage(**row._mapping) for row in rows]


def recent_utterances(session: Session, limit: int) -> Sequence[UtteranceRecord]:
    """The fleet's last utterances, newest first."""
    return [UtteranceRecord(**row._mapping) for row in session.execute(RECENT, {"limit": limit})]


def utterances_of_bot(
    session: Session, bot_id: int, limit: int, chat_id: int | None = None
) -> Sequence[UtteranceRecord]:
    """A bot's last utterances, in one chat where one is given, newest first."""
    rows = session.execute(RECENT_OF_BOT, {"bot_id": bot_id, "limit": limit, "chat_id": chat_id})
    return [UtteranceRecord(**row._mapping) for row in rows]


def find_utterance(session: Session, utterance_id: int) -> UtteranceRecord | None:
    """One utterance, None when there is none."""
    row = session.execute(ONE, {"id": utterance_id}).first()
    return None if row is None else UtteranceRecord(**row._mapping)


def find_said(session: Session, chat_id: int, telegram_message_id: int) -> tuple[int, int] | None:
    """Returns the bot and utterance ids of a message, None when none of our bots is known to have sent it."""
    statement = text("""
        select bot_id, id from utterances where chat_id = :chat_id and telegram_message_id = :message
        order by planned_at desc limit 1
    """)
    row = session.execute(statement, {"chat_id": chat_id, "message": telegram_message_id}).first()
    return None if row is None else (row.bot_id, row.id)


def open_utterances(session: Session, chat_id: int, limit: int) -> Sequence[UtteranceRecord]:
    """Lists the open utterances of a chat, the next to be sent first."""
    rows = session.execute(OPEN_IN_CHAT, {"chat_id": chat_id, "limit": limit})
    return [UtteranceRecord(**row._mapping) for row in rows]
