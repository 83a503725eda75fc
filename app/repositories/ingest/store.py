"""Rows written from updates: people, messages, edits, memberships, and the leader of a chat."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.analysis.addressing import Addressable
from app.domain.analysis.reading import Analysis, Vocabulary
from app.domain.ingest.speakers import SOMEONE


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A stored chat: the bots that are in it and may write, and its leader.

    `speakers` are those of `bots` that are active, `receivers` the bots that get its messages, with whether they get
    all of them. `vocabulary` holds the languages, topics and symbols to analyse messages with.
    """

    id: int
    bots: tuple[Addressable, ...]
    leader: int | None
    receivers: Mapping[int, bool]
    speakers: frozenset[int]
    language: str
    vocabulary: Vocabulary


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
    is_command: bool
    facts: Analysis


@dataclass(frozen=True, slots=True)
class Edit:
    """A message's new text, and when it was changed (UTC)."""

    chat_id: int
    telegram_message_id: int
    text: str
    edited_at: dt.datetime
    facts: Analysis


KNOWN = text("""
    select c.id, c.telegram_chat_id, c.ingest_leader_bot_id, c.language, c.topics, v.speakers, v.languages,
      v.topics as bots_topics, v.watchlist,
      coalesce((select json_agg(json_build_array(b.id, b.username, b.display_name) order by b.id)
         from memberships m join bots b on b.id = m.bot_id
        where m.chat_id = c.id and m.status = 'active'), '[]') as bots,
      coalesce((select json_agg(json_build_array(b.id, b.reads_all_messages or m.is_admin) order by b.id)
         from memberships m join bots b on b.id = m.bot_id
        where m.chat_id = c.id and m.status in ('active', 'muted') and b.status <> 'broken'), '[]') as receivers
    from chats c left join lateral (
      select array_agg(b.id) filter (where b.status = 'active') as speakers,
             array_agg(distinct p.language) as languages, jsonb_agg(to_jsonb(p.topics)) as topics,
             jsonb_agg(to_jsonb(p.watchlist)) as watchlist
      from memberships m join bots b on b.id = m.bot_id join personas p on p.bot_id = b.id
      where m.chat_id = c.id and m.status = 'active') v on true
    where c.telegram_chat_id = any(:ids)
""")

INSERT_MESSAGES = text("""
    insert into messages (chat_id, telegram_message_id, person_id, text, reply_to_message_id, thread_id, sent_at,
                          is_command, is_question, asks_opinion, language, sentiment, symbols, topics)
    select r.chat_id, r.telegram_message_id, p.id, r.text, r.reply_to, r.thread_id, r.sent_at,
           r.is_command, r.is_question, r.asks_opinion, r.language, r.sentiment, r.symbols, r.topics
    from jsonb_to_recordset(cast(:rows as jsonb)) as r(
        place int, chat_id bigint, telegram_message_id bigint, telegram_user_id bigint, text text, reply_to bigint,
        thread_id bigint, sent_at timestamptz, is_command boolean, is_question boolean, asks_opinion boolean,
        language text, sentiment double precision, symbols text[], topics text[])
    join people p on p.telegram_user_id = r.telegram_user_id
    order by r.place
    on conflict (chat_id, telegram_message_id) do nothing
    returning id, chat_id, telegram_message_id
""")

EDIT_MESSAGES = text("""
    with edits as (
        select * from jsonb_to_recordset(cast(:rows as jsonb)) as r(
            chat_id bigint, telegram_message_id bigint, text text, edited_at timestamptz, is_question boolean,
            asks_opinion boolean, language text, sentiment double precision, symbols text[], topics text[])
    ), changed as (
        update messages m set text = e.text, edited_at = e.edited_at, is_question = e.is_question,
            asks_opinion = e.asks_opinion, language = e.language, sentiment = e.sentiment, symbols = e.symbols,
            topics = e.topics
        from edits e where m.chat_id = e.chat_id and m.telegram_message_id = e.telegram_message_id
          and m.person_id is not null and m.text <> '' and (m.edited_at is null or m.edited_at <= e.edited_at)
    )
    select m.chat_id, m.telegram_message_id from messages m
    join edits e on m.chat_id = e.chat_id and m.telegram_message_id = e.telegram_message_id
""")

SET_MEMBERSHIP = text("""
    with chat as (
        insert into chats (telegram_chat_id, title) values (:telegram_chat_id, :title)
        on conflict (telegram_chat_id) do update set title = excluded.title,
            ingest_leader_bot_id = case when :receives or chats.ingest_leader_bot_id <> :bot_id
                                        then chats.ingest_leader_bot_id end
        returning id
    ), tried_again as (
        delete from rests r using chat where r.chat_id = chat.id and r.bot_id = :bot_id
    )
    insert into memberships (bot_id, chat_id, status, status_reason, is_admin)
    select :bot_id, id, :status, :reason, :is_admin from chat
    on conflict (bot_id, chat_id) do update
        set status = excluded.status, status_reason = excluded.status_reason, is_admin = excluded.is_admin
""")

MOVE = text("""
    update memberships m set status = case when :present then 'active' else 'left' end, status_reason = null,
        is_admin = m.is_admin and :present
    from bots b, chats c
    where b.telegram_user_id = any(:users) and c.telegram_chat_id = :telegram_chat_id
      and m.bot_id = b.id and m.chat_id = c.id
      and m.status = any(case when :present then array['left', 'kicked'] else array['active', 'muted'] end)
""")


def known_chats(session: Session, telegram_chat_ids: Sequence[int]) -> dict[int, KnownChat]:
    """Returns the stored ones of these chats by Telegram id, with their bots."""
    rows = session.execute(KNOWN, {"ids": list(telegram_chat_ids)})
    return {
        row.telegram_chat_id: KnownChat(
            row.id,
            tuple(Addressable(*bot) for bot in row.bots),
            row.ingest_leader_bot_id,
            dict(row.receivers),
            frozenset(row.speakers or ()),
            row.language,
            _vocabulary(row),
        )
        for row in rows
    }


def _vocabulary(row: Any) -> Vocabulary:
    """Merges a chat's languages, topics and symbols with its bots'; the chat's spellings come first."""
    topics = dict.fromkeys([*row.topics, *(topic for of_bot in row.bots_topics or () for topic in of_bot)])
    watchlist = dict.fromkeys(symbol for of_bot in row.watchlist or () for symbol in of_bot)
    languages = sorted({row.language, *(row.languages or ())})
    return Vocabulary(tuple(languages), tuple(topics), tuple(watchlist))


def set_leaders(session: Session, leaders: Mapping[int, int | None], now: dt.datetime, every_s: float) -> None:
    """Stores each chat's leader and when it was seen; an unchanged one is written every `every_s` seconds only."""
    session.execute(
        text("""
            update chats c set ingest_leader_bot_id = v.leader, ingest_leader_seen_at = :now
            from unnest(cast(:chats as bigint[]), cast(:leaders as bigint[])) as v(chat, leader)
            where c.id = v.chat and (
                c.ingest_leader_bot_id is distinct from v.leader or c.ingest_leader_seen_at is null
                or c.ingest_leader_seen_at < cast(:now as timestamptz) - make_interval(secs => :every))
        """),
        {"chats": list(leaders), "leaders": list(leaders.values()), "now": now, "every": every_s},
    )


def our_bots(session: Session, telegram_user_ids: Sequence[int]) -> dict[int, int]:
    """Returns our bots' ids by Telegram user id, for those of the users that are our bots."""
    statement = text("select telegram_user_id, id from bots where telegram_user_id = any(:ids)")
    return {row.telegram_user_id: row.id for row in session.execute(statement, {"ids": list(telegram_user_ids)})}


def upsert_people(session: Session, people: Mapping[int, tuple[str | None, str]]) -> None:
    """Inserts or updates people: (username, display name) by Telegram id. A known name stays where none came along."""
    session.execute(
        text("""
            insert into people (telegram_user_id, username, display_name)
            select unnest(cast(:ids as bigint[])), unnest(cast(:usernames as text[])), unnest(cast(:names as text[]))
            on conflict (telegram_user_id) do update
              set username = excluded.username, display_name = excluded.display_name
              where (people.username, people.display_name)
                    is distinct from (excluded.username, excluded.display_name)
                and excluded.display_name <> :someone
        """),
        {
            "ids": list(people),
            "usernames": [username for username, _ in people.values()],
            "names": [name for _, name in people.values()],
            "someone": SOMEONE,
        },
    )


def insert_messages(session: Session, messages: Sequence[NewMessage]) -> dict[tuple[int, int], int]:
    """Stores people's messages in order; returns the ids of the new ones by (chat id, Telegram message id)."""
    rows = [
        _row(message) | {"sent_at": message.sent_at.isoformat(), "place": place}
        for place, message in enumerate(messages)
    ]
    added = session.execute(INSERT_MESSAGES, {"rows": json.dumps(rows)})
    return {(row.chat_id, row.telegram_message_id): row.id for row in added}


def _row(said: NewMessage | Edit) -> dict[str, Any]:
    values = asdict(said)
    return {**values, **values.pop("facts")}


def authors_of(session: Session, messages: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The bots that wrote these messages, by (chat id, Telegram message id); other messages are left out."""
    rows = session.execute(
        text("""
            select m.chat_id, m.telegram_message_id, m.bot_id from messages m
            join unnest(cast(:chats as bigint[]), cast(:ids as bigint[])) as r(chat_id, id)
              on m.chat_id = r.chat_id and m.telegram_message_id = r.id
            where m.bot_id is not null
        """),
        {"chats": [chat for chat, _ in messages], "ids": [message for _, message in messages]},
    )
    return {(row.chat_id, row.telegram_message_id): row.bot_id for row in rows}


def edit_messages(session: Session, edits: Sequence[Edit]) -> set[tuple[int, int]]:
    """Applies the newest edit of each message; ignores older ones and those of forgotten messages.

    Returns the messages that are stored.
    """
    newest = {(edit.chat_id, edit.telegram_message_id): edit for edit in sorted(edits, key=lambda edit: edit.edited_at)}
    rows = [_row(edit) | {"edited_at": edit.edited_at.isoformat()} for edit in newest.values()]
    found: Any = session.execute(EDIT_MESSAGES, {"rows": json.dumps(rows)})
    return {(row.chat_id, row.telegram_message_id) for row in found}


def set_membership(
    session: Session, bot_id: int, telegram_chat_id: int, title: str, status: str, reason: str | None, is_admin: bool
) -> None:
    """Stores the bot's own membership from my_chat_member; a new chat waits to be enabled by an operator.

    A bot that no longer receives the chat's messages stops being its leader. With other rights, places that refused
    the bot in the chat are tried again.
    """
    params = {
        "bot_id": bot_id,
        "telegram_chat_id": telegram_chat_id,
        "title": title,
        "status": status,
        "reason": reason,
        "is_admin": is_admin,
        "receives": status in {"active", "muted"},
    }
    session.execute(SET_MEMBERSHIP, params)


def add_member(session: Session, bot_id: int, telegram_chat_id: int, title: str) -> None:
    """Adds a bot to a chat, unless it has a membership; a new chat waits to be enabled by an operator."""
    session.execute(
        text("""
            with chat as (
                insert into chats (telegram_chat_id, title) values (:telegram_chat_id, :title)
                on conflict (telegram_chat_id) do update set title = excluded.title returning id
            )
            insert into memberships (bot_id, chat_id) select :bot_id, id from chat on conflict do nothing
        """),
        {"bot_id": bot_id, "telegram_chat_id": telegram_chat_id, "title": title},
    )


def move_members(session: Session, telegram_chat_id: int, telegram_user_ids: Sequence[int], present: bool) -> None:
    """Updates memberships of our bots that another bot saw join or leave; keeps the details from my_chat_member."""
    params = {"telegram_chat_id": telegram_chat_id, "users": list(telegram_user_ids), "present": present}
    session.execute(MOVE, params)
