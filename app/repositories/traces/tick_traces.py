"""Traces and records of the ticks that spoke."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class StoredTick:
    """The tick of an utterance; `record` is packed, None when it was dropped or never stored."""

    utterance_id: int
    bot_id: int
    engine: str
    decided_at: dt.datetime
    record: bytes | None


FIND = text("""
    select t.utterance_id, u.bot_id, t.engine, t.decided_at, t.record
    from tick_traces t join utterances u on u.id = t.utterance_id where t.utterance_id = :id
""")

FORGET = text("""
    with seen as materialized (
        select utterance_id as id from tick_traces where utterance_id > :after order by utterance_id limit :rows
    ), changed as (
        update tick_traces set record = null
        where utterance_id = any(array(select id from seen)) and record is not null
          and chat_ids && cast(:chat_ids as bigint[])
    )
    select max(id) from seen
""")


def find(session: Session, utterance_id: int) -> StoredTick | None:
    """Returns the tick of an utterance, None when its trace was deleted."""
    row = session.execute(FIND, {"id": utterance_id}).first()
    if row is None:
        return None
    record = None if row.record is None else bytes(row.record)
    return StoredTick(row.utterance_id, row.bot_id, row.engine, row.decided_at, record)


def records(session: Session, utterance_ids: Collection[int]) -> dict[int, bytes]:
    """Returns the packed records of those utterances that have one, by utterance id."""
    statement = text(
        "select utterance_id, record from tick_traces where utterance_id = any(:ids) and record is not null"
    )
    return {row.utterance_id: bytes(row.record) for row in session.execute(statement, {"ids": list(utterance_ids)})}


def forget_words(session: Session, chat_ids: Collection[int], after: int, rows: int) -> int | None:
    """Drops the records with messages of one of the chats, among the next `rows` traces; their steps stay.

    By chat, because records are packed and cannot be searched for a person. Returns the last utterance id scanned,
    to be the next `after`; None when there was none.
    """
    last: int | None = session.scalar(FORGET, {"chat_ids": sorted(chat_ids), "after": after, "rows": rows})
    return last
