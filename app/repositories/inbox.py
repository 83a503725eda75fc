"""Telegram updates as they came, and what they told: people, messages, edits, memberships."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.analysis.addressing import Addressable


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """A claimed update of one bot."""

    id: int
    bot_id: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PollTarget:
    """A bot to poll, and the first update id not yet stored."""

    bot_id: int
    token_encrypted: str
    next_update_id: int


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat that Chorus knows, with its bots."""

    id: int
    status: str
    bots: tuple[Addressable, ...]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A person's message to be stored. `chat_id` is ours; the other ids are Telegram's."""

    chat_id: int
    telegram_message_id: int
    telegram_user_id: int
    text: str
    sent_at: dt.datetime
    reply_to: int | None
    thread_id: int | None
    is_question: bool
    symbols: tuple[str, ...]


def poll_targets(session: Session) -> list[PollTarget]:
    """All bots that are not broken: a paused bot still hears."""
    rows = session.execute(
        text("select id as bot_id, token_encrypted, next_update_id from bots where status <> 'broken' order by id")
    )
    return [PollTarget(**row._mapping) for row in rows]


def store(session: Session, bot_id: int, updates: Sequence[Mapping[str, Any]], now: dt.datetime) -> int:
    """Keeps updates of one bot and moves its offset in the same transaction; returns how many were new."""
    ids = [int(update["update_id"]) for update in updates]
    params = {
        "bot_id": bot_id,
        "ids": ids,
        "payloads": [json.dumps(update) for update in updates],
        "now": now,
    }
    added = session.execute(
        text("""
            insert into inbox_updates (bot_id, update_id, payload, received_at, available_at)
            select :bot_id, unnest(cast(:ids as bigint[])), unnest(cast(:payloads as jsonb[])), :now, :now
            on conflict do nothing returning id
        """),
        params,
    ).all()
    session.execute(
        text("update bots set next_update_id = greatest(next_update_id, :next) where id = :bot_id"),
        {"bot_id": bot_id, "next": max(ids) + 1},
    )
    return len(added)


def claim(session: Session, now: dt.datetime, limit: int) -> list[StoredUpdate]:
    """Locks up to `limit` waiting updates until commit, in the order they came."""
    rows = session.execute(
        text("""
            select id, bot_id, payload from inbox_updates
            where done_at is null and available_at <= :now order by id limit :limit for update skip locked
        """),
        {"now": now, "limit": limit},
    )
    return [StoredUpdate(**row._mapping) for row in rows]


def finish(session: Session, outcomes: Mapping[int, str], now: dt.datetime) -> None:
    """Marks updates as worked in, each with its outcome."""
    session.execute(
        text("""
            update inbox_updates i set done_at = :now, outcome = o.outcome
            from unnest(cast(:ids as bigint[]), cast(:outcomes as text[])) as o(id, outcome) where i.id = o.id
        """),
        {"ids": list(outcomes), "outcomes": list(outcomes.values()), "now": now},
    )


def delay(session: Session, update_ids: Sequence[int], until: dt.datetime, most: int) -> None:
    """Sets updates aside that could not be worked in; after `most` attempts they are kept as `failed`."""
    session.execute(
        text("""
            update inbox_updates set available_at = :until, attempts = attempts + 1,
                done_at = case when attempts + 1 >= :most then :until end,
                outcome = case when attempts + 1 >= :most then 'failed' end
            where id = any(:ids)
        """),
        {"ids": list(update_ids), "until": until, "most": most},
    )


def known_chats(session: Session, telegram_chat_ids: Sequence[int]) -> dict[int, KnownChat]:
    """The chats Chorus knows, by Telegram id, with the bots that are in them."""
    rows = session.execute(
        text("""
            select c.id, c.telegram_chat_id, c.status,
              coalesce((select json_agg(json_build_array(b.id, b.username, b.display_name) order by b.id)
                 from memberships m join bots b on b.id = m.bot_id
                where m.chat_id = c.id and m.status = 'active'), '[]') as bots
            from chats c where c.telegram_chat_id = any(:ids)
        """),
        {"ids": list(telegram_chat_ids)},
    )
    return {row.telegram_chat_id: KnownChat(row.id, row.status, _addressable(row.bots)) for row in rows}


def _addressable(bots: list[list[Any]]) -> tuple[Addressable, ...]:
    return tuple(Addressable(*bot) for bot in bots)


def our_bots(session: Session, telegram_user_ids: Sequence[int]) -> set[int]:
    """Which of these Telegram users are bots of ours."""
    statement = text("select telegram_user_id from bots where telegram_user_id = any(:ids)")
    return set(session.scalars(statement, {"ids": list(telegram_user_ids)}))


def upsert_people(session: Session, people: Mapping[int, tuple[str | None, str]]) -> None:
    """Stores (username, display name) by Telegram user id; a changed name is followed."""
    session.execute(
        text("""
            insert into people (telegram_user_id, username, display_name)
            select unnest(cast(:ids as bigint[])), unnest(cast(:usernames as text[])), unnest(cast(:names as text[]))
            on conflict (telegram_user_id) do update
              set username = excluded.username, display_name = excluded.display_name
              where (people.username, people.display_name)
                    is distinct from (excluded.username, excluded.display_name)
        """),
        {
            "ids": list(people),
            "usernames": [username for username, _ in people.values()],
            "names": [name for _, name in people.values()],
        },
    )


def insert_messages(session: Session, messages: Sequence[NewMessage]) -> dict[tuple[int, int], int]:
    """Stores people's messages and returns the ids of the new ones by (chat id, Telegram message id)."""
    added: dict[tuple[int, int], int] = {}
    statement = text("""
        insert into messages (chat_id, telegram_message_id, person_id, text, reply_to_message_id, thread_id,
                              is_question, symbols, sent_at)
        select :chat_id, :telegram_message_id, p.id, :text, :reply_to, :thread_id, :is_question, :symbols, :sent_at
        from people p where p.telegram_user_id = :telegram_user_id
        on conflict (chat_id, telegram_message_id) do nothing
        returning id
    """)
    for message in messages:
        params = {name: getattr(message, name) for name in message.__slots__}
        new_id = session.scalar(statement, {**params, "symbols": list(message.symbols)})
        if new_id is not None:
            added[message.chat_id, message.telegram_message_id] = new_id
    return added


def authors_of_replies(session: Session, replies: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The bots whose messages are answered, by (chat id, Telegram message id)."""
    rows = session.execute(
        text("""
            select m.chat_id, m.telegram_message_id, m.bot_id from messages m
            join unnest(cast(:chats as bigint[]), cast(:ids as bigint[])) as r(chat_id, id)
              on m.chat_id = r.chat_id and m.telegram_message_id = r.id
            where m.bot_id is not null
        """),
        {"chats": [chat for chat, _ in replies], "ids": [message for _, message in replies]},
    )
    return {(row.chat_id, row.telegram_message_id): row.bot_id for row in rows}


def edit_message(session: Session, chat_id: int, telegram_message_id: int, new_text: str, at: dt.datetime) -> bool:
    """Follows an edit; False when the message is not known."""
    statement = text("""
        update messages set text = :text, edited_at = :at
        where chat_id = :chat_id and telegram_message_id = :message_id returning id
    """)
    params = {"text": new_text, "at": at, "chat_id": chat_id, "message_id": telegram_message_id}
    return session.scalar(statement, params) is not None


def set_membership(session: Session, bot_id: int, telegram_chat_id: int, title: str, status: str) -> None:
    """Follows the bot's own comings and goings; a chat seen for the first time waits to be enabled by an operator."""
    session.execute(
        text("""
            with chat as (
                insert into chats (telegram_chat_id, title) values (:telegram_chat_id, :title)
                on conflict (telegram_chat_id) do update set title = excluded.title returning id
            )
            insert into memberships (bot_id, chat_id, status) select :bot_id, id, :status from chat
            on conflict (bot_id, chat_id) do update set status = excluded.status, status_reason = null
        """),
        {"bot_id": bot_id, "telegram_chat_id": telegram_chat_id, "title": title, "status": status},
    )
