"""The inbox of raw Telegram updates: stored once per (bot, update id), waiting, processed or given up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ingest.updates import UNRECOGNISED_OUTCOMES, message_key

LOCK = 4_006_001
"""Advisory lock of the worker that processes the inbox; LOCK + 1 is that of the next one in the queue."""

IDLE_MS = 10_000
"""Milliseconds after which Postgres ends an idle transaction, so that a stuck worker does not block the others."""

RECENT_SCANNED = 100_000


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """A claimed update of one bot; `attempts` counts how often it was postponed."""

    id: int
    bot_id: int
    update_id: int
    attempts: int
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UnrecognisedUpdate:
    """An update that was not recognised, for operators."""

    id: int
    bot_id: int
    username: str
    update_id: int
    outcome: str
    received_at: dt.datetime
    payload: dict[str, Any]


INSERT = text("""
    insert into inbox_updates (bot_id, update_id, payload, received_at, available_at)
    select :bot_id, u.update_id, u.payload, :now,
           cast(:now as timestamptz) + case when e.leader is null then interval '0' else :patience end
    from unnest(cast(:ids as bigint[]), cast(:payloads as jsonb[]), cast(:chats as bigint[]),
                cast(:messages as bigint[])) with ordinality as u(update_id, payload, chat, message, place)
    left join chats c on c.telegram_chat_id = u.chat
    left join lateral (
        select b.id as leader from bots b join memberships m on m.bot_id = b.id and m.chat_id = c.id
        where b.id = c.ingest_leader_bot_id and b.id <> :bot_id and b.status <> 'broken'
          and m.status in ('active', 'muted') and (b.reads_all_messages or m.is_admin)
    ) e on true
    where not exists (select 1 from messages m where m.chat_id = c.id and m.telegram_message_id = u.message)
    order by u.place
    on conflict do nothing returning id
""")

CLOSE_COPIES = text("""
    with due as materialized (
        select id, payload #>> '{message,chat,id}' as chat, payload #>> '{message,message_id}' as message
        from inbox_updates
        where done_at is null and available_at <= :now and available_at > received_at and attempts = 0
        order by available_at, id limit :limit for update skip locked
    ), copies as (
        select due.id from due join chats c on c.telegram_chat_id = cast(due.chat as bigint)
        join messages m on m.chat_id = c.id and m.telegram_message_id = cast(due.message as bigint)
    )
    update inbox_updates i set done_at = :now, outcome = 'duplicate',
        payload = jsonb_build_object('update_id', i.update_id)
    from copies where i.id = copies.id returning i.id
""")

FINISH = text("""
    update inbox_updates i set done_at = :now, outcome = o.outcome,
        payload = case when split_part(o.outcome, ':', 1) = any(:unrecognised) then i.payload
                       else jsonb_build_object('update_id', i.update_id) end
    from unnest(cast(:ids as bigint[]), cast(:outcomes as text[])) as o(id, outcome) where i.id = o.id
""")

DELAY = text("""
    update inbox_updates i set available_at = :until, attempts = attempts + 1,
        done_at = case when attempts + 1 >= :most then :until end,
        outcome = case when attempts + 1 >= :most then :outcome end,
        payload = case when attempts + 1 >= :most and split_part(:outcome, ':', 1) <> all(:unrecognised)
                       then jsonb_build_object('update_id', i.update_id) else i.payload end
    where id = any(:ids)
""")


def store(
    session: Session, bot_id: int, updates: Sequence[Mapping[str, Any]], now: dt.datetime, patience_s: float
) -> int:
    """Stores updates of one bot in one statement; returns how many were new.

    A copy of a stored message is not stored. A copy of a message in a chat whose leader is another bot, in service and
    in the chat, becomes available after `patience_s` seconds: see app/domain/ingest/leader.py.
    """
    keys = [message_key(update) or (None, None) for update in updates]
    params = {
        "bot_id": bot_id,
        "ids": [int(update["update_id"]) for update in updates],
        "payloads": [json.dumps(update) for update in updates],
        "chats": [chat for chat, _ in keys],
        "messages": [message for _, message in keys],
        "patience": dt.timedelta(seconds=patience_s),
        "now": now,
    }
    return len(session.execute(INSERT, params).all())


def move_offset(session: Session, bot_id: int, next_update_id: int) -> None:
    """Stores a bot's polling offset; it never moves back."""
    session.execute(
        text("update bots set next_update_id = greatest(next_update_id, :next) where id = :bot_id"),
        {"bot_id": bot_id, "next": next_update_id},
    )


def queue_up(session: Session) -> bool:
    """Takes the single waiting place until the transaction ends; False when it is taken."""
    return bool(session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK + 1}))


def wait_for_turn(session: Session) -> None:
    """Waits for the inbox lock and holds it until the transaction ends.

    One worker at a time, so that each chat's messages are stored in the order in which they came.
    """
    statement = "select set_config('idle_in_transaction_session_timeout', :idle, true), pg_advisory_xact_lock(:key)"
    session.execute(text(statement), {"key": LOCK, "idle": str(IDLE_MS)})


def close_copies(session: Session, now: dt.datetime, limit: int) -> int:
    """Marks waiting copies of stored messages as duplicates, without loading them; returns how many."""
    return len(session.execute(CLOSE_COPIES, {"now": now, "limit": limit}).all())


def claim(session: Session, now: dt.datetime, limit: int) -> list[StoredUpdate]:
    """Locks up to `limit` available updates until commit, by `available_at`."""
    rows = session.execute(
        text("""
            select id, bot_id, update_id, attempts, payload from inbox_updates
            where done_at is null and available_at <= :now
            order by available_at, id limit :limit for update skip locked
        """),
        {"now": now, "limit": limit},
    )
    return [StoredUpdate(**row._mapping) for row in rows]


def finish(session: Session, outcomes: Mapping[int, str], now: dt.datetime) -> None:
    """Marks updates as processed, each with its outcome. Only unrecognised ones keep their payload."""
    params = {
        "ids": list(outcomes),
        "outcomes": list(outcomes.values()),
        "now": now,
        "unrecognised": list(UNRECOGNISED_OUTCOMES),
    }
    session.execute(FINISH, params)


def delay(session: Session, update_ids: Sequence[int], until: dt.datetime, most: int, outcome: str) -> None:
    """Postpones updates that could not be processed; after `most` attempts they end with `outcome`."""
    params = {
        "ids": list(update_ids),
        "until": until,
        "most": most,
        "outcome": outcome,
        "unrecognised": list(UNRECOGNISED_OUTCOMES),
    }
    session.execute(DELAY, params)


def postpone(session: Session, update_id: int, until: dt.datetime) -> bool:
    """Postpones an update that raised an error; False when it is done."""
    statement = text("""
        update inbox_updates set available_at = :until, attempts = attempts + 1
        where id = :id and done_at is null returning id
    """)
    return session.scalar(statement, {"id": update_id, "until": until}) is not None


def give_up(session: Session, update_id: int, outcome: str, now: dt.datetime) -> bool:
    """Ends an update that cannot be processed; False when it is done."""
    statement = text("""
        update inbox_updates set done_at = :now, outcome = :outcome, attempts = attempts + 1
        where id = :id and done_at is null returning id
    """)
    return session.scalar(statement, {"id": update_id, "now": now, "outcome": outcome}) is not None


def take_up(session: Session, update_id: int, outcome: str, now: dt.datetime) -> bool:
    """Requeues an update that ended with `outcome`; False when it ended otherwise, or was deleted."""
    statement = text("""
        update inbox_updates set done_at = null, outcome = null, available_at = :now
        where id = :id and done_at is not null and outcome = :outcome returning id
    """)
    return session.scalar(statement, {"id": update_id, "now": now, "outcome": outcome}) is not None


def count_outcomes(session: Session, since: dt.datetime) -> dict[str, int]:
    """Counts the updates processed since an instant by outcome, the most frequent first."""
    rows = session.execute(
        text(
            "select outcome, count(*) as n from inbox_updates where done_at >= :since and outcome is not null"
            " group by outcome order by n desc, outcome limit 50"
        ),
        {"since": since},
    )
    return {row.outcome: row.n for row in rows}


def count_waiting(session: Session) -> int:
    """Counts the updates that wait to be processed."""
    return session.scalar(text("select count(*) from inbox_updates where done_at is null")) or 0


def list_unrecognised(session: Session, limit: int) -> list[UnrecognisedUpdate]:
    """Lists the newest unrecognised updates among the last 100,000 processed."""
    rows = session.execute(
        text("""
            select i.id, i.bot_id, b.username, i.update_id, i.outcome, i.received_at, i.payload
            from (select * from inbox_updates where done_at is not null order by done_at desc limit :scanned) i
            join bots b on b.id = i.bot_id
            where split_part(i.outcome, ':', 1) = any(:unrecognised)
            order by i.done_at desc, i.id desc limit :limit
        """),
        {"scanned": RECENT_SCANNED, "unrecognised": list(UNRECOGNISED_OUTCOMES), "limit": limit},
    )
    return [UnrecognisedUpdate(**row._mapping) for row in rows]
