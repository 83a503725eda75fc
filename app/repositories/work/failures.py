"""Items of leased work that failed: counted, parked, listed for operators, forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

Owner = Literal["utterance", "job", "update", "feed", "bot"]
"""Which table an item's id belongs to."""

PLACES: Mapping[Owner, str] = {
    "utterance": "select bot_id, chat_id from utterances where id = :item_id",
    "job": "select cast(null as bigint) as bot_id, chat_id from llm_jobs where id = :item_id",
    "update": "select bot_id, cast(null as bigint) as chat_id from inbox_updates where id = :item_id",
    "feed": "select cast(null as bigint) as bot_id, cast(null as bigint) as chat_id from feeds where id = :item_id",
    "bot": "select id as bot_id, cast(null as bigint) as chat_id from bots where id = :item_id",
}

COUNT: Mapping[Owner, TextClause] = {
    owner: text(f"""
        insert into work_failures as w (kind, item_id, bot_id, chat_id, attempts, error, place, first_at, last_at)
        select :kind, :item_id, p.bot_id, p.chat_id, 1, :error, :place, :now, :now from ({place}) p
        on conflict (kind, item_id) do update set error = excluded.error, place = excluded.place, last_at = :now,
            attempts = case when w.parked_at is null and w.last_at < :fresh then 1 else w.attempts + 1 end,
            first_at = case when w.parked_at is null and w.last_at < :fresh then :now else w.first_at end
        returning attempts
    """)  # noqa: S608 - the statements are ours
    for owner, place in PLACES.items()
}

LIST = text("""
    select w.id, w.kind, w.item_id, w.bot_id, b.display_name as bot_name, w.chat_id, c.title as chat_title,
           w.attempts, w.error, w.place, w.first_at, w.last_at, w.parked_at,
           case when f.id is not null then coalesce(nullif(f.title, ''), f.url) end as feed
    from work_failures w left join bots b on b.id = w.bot_id left join chats c on c.id = w.chat_id
    left join feeds f on w.kind = 'feed' and f.id = w.item_id
    where w.parked_at is not null order by w.parked_at desc, w.id desc limit :limit
""")


@dataclass(frozen=True, slots=True)
class ParkedItem:
    """A parked item, for operators; with bot, chat and feed where it has one."""

    id: int
    kind: str
    item_id: int
    bot_id: int | None
    bot_name: str | None
    chat_id: int | None
    chat_title: str | None
    attempts: int
    error: str
    place: str
    first_at: dt.datetime
    last_at: dt.datetime
    parked_at: dt.datetime
    feed: str | None


def count_failure(
    session: Session, kind: str, owner: Owner, item_id: int, told: tuple[str, str], now: dt.datetime, fresh: dt.datetime
) -> int | None:
    """Records a failure of an item, with `told` (the error and its place); returns its number of failures.

    Failures from before `fresh` do not count, unless the item is parked. None when the item was deleted.
    """
    params = {"kind": kind, "item_id": item_id, "error": told[0], "place": told[1], "now": now, "fresh": fresh}
    attempts: int | None = session.scalar(COUNT[owner], params)
    return attempts


def mark_parked(session: Session, kind: str, item_id: int, now: dt.datetime) -> None:
    """Marks an item as parked; an item already parked keeps its time."""
    session.execute(
        text(
            "update work_failures set parked_at = coalesce(parked_at, :now) where kind = :kind and item_id = :item_id"
        ),
        {"kind": kind, "item_id": item_id, "now": now},
    )


def forget(session: Session, kind: str, item_ids: Collection[int]) -> None:
    """Deletes the failures of items that work again or ended in another way."""
    session.execute(
        text("delete from work_failures where kind = :kind and item_id = any(:ids)"),
        {"kind": kind, "ids": list(item_ids)},
    )


def take_parked(session: Session, failure_id: int) -> tuple[str, int] | None:
    """Deletes a parked item's failure and returns its kind and id; None when it is not parked (any more)."""
    row = session.execute(
        text("delete from work_failures where id = :id and parked_at is not null returning kind, item_id"),
        {"id": failure_id},
    ).first()
    return None if row is None else (row.kind, row.item_id)


def list_parked(session: Session, limit: int) -> Sequence[ParkedItem]:
    """Lists parked items, the last first."""
    return [ParkedItem(**row._mapping) for row in session.execute(LIST, {"limit": limit})]


def count_parked(session: Session) -> int:
    """Counts the parked items."""
    return session.scalar(text("select count(*) from work_failures where parked_at is not null")) or 0
