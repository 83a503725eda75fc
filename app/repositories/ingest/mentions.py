"""Mentions: stored, nudged, expired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ports import TickRef
from app.repositories.utterances.sql import read


@dataclass(frozen=True, slots=True)
class NewMention:
    """A bot that a stored message addresses; `said_at` is when the message was sent (UTC).

    It expires `patience_s` (seconds) after that.
    """

    bot_id: int
    message_id: int
    said_at: dt.datetime
    patience_s: float


INSERT = text("""
    insert into mentions (bot_id, message_id, expires_at, nudge_at)
    select m.bot_id, m.message_id, least(m.said_at, :now) + make_interval(secs => m.patience_s), :nudge_at
    from unnest(cast(:bot_ids as bigint[]), cast(:message_ids as bigint[]), cast(:said_at as timestamptz[]),
        cast(:patience_s as float8[])) as m(bot_id, message_id, said_at, patience_s)
    join messages g on g.id = m.message_id join people p on p.id = g.person_id
    where not p.muted and not exists (select 1 from mutes x where x.chat_id = g.chat_id and x.person_id = g.person_id
                                        and (x.bot_id is null or x.bot_id = m.bot_id))
    on conflict do nothing
    returning id, bot_id, expires_at > :now as waits
""")

OVERDUE = read("""
    with waiting as (
        select min(n.id) as id from mentions n
        where n.status = 'pending' and n.expires_at > :now
          and not exists (select 1 from utterances u
                           where u.mention_id = n.id and u.state {COUNTING})
          and not exists (select 1 from utterances u where u.bot_id = n.bot_id and u.urgency = 'interactive'
                             and u.state {OPEN})
        group by n.bot_id having max(n.nudge_at) <= :now
    ), overdue as (
        select n.id from mentions n join waiting w on w.id = n.id
        where n.status = 'pending' and n.nudge_at <= :now
        order by n.nudge_at limit :limit for update of n skip locked
    )
    update mentions n set nudge_at = :next_nudge_at from overdue
    where n.id = overdue.id returning n.id, n.bot_id
""")

OF_BOT = read("""
    select n.id from mentions n
    where n.bot_id = :bot_id and n.status = 'pending' and n.expires_at > :now
      and not exists (select 1 from utterances u where u.mention_id = n.id and u.state {COUNTING})
    order by n.id limit 1
""")


def insert(session: Session, new: Sequence[NewMention], now: dt.datetime, nudge_s: float) -> list[TickRef]:
    """Stores mentions and returns the urgent tick of each that is new and not expired.

    None is stored for a bot that the author has muted. Expiry counts from when the message was sent, by Telegram's
    clock, so that old questions are not answered after an outage.
    """
    params = {
        "bot_ids": [mention.bot_id for mention in new],
        "message_ids": [mention.message_id for mention in new],
        "said_at": [mention.said_at for mention in new],
        "now": now,
        "patience_s": [mention.patience_s for mention in new],
        "nudge_at": now + dt.timedelta(seconds=nudge_s),
    }
    return [TickRef(row.bot_id, now, mention_id=row.id) for row in session.execute(INSERT, params) if row.waits]


def claim_overdue(session: Session, now: dt.datetime, nudge_s: float, limit: int) -> list[TickRef]:
    """Claims pending mentions whose tick seems lost; each is due again after `nudge_s` seconds.

    At most one per bot, its oldest, and none while the bot answers somebody or was nudged within `nudge_s`: the end of
    an answer starts the next one. Under overload, nudges for all mentions would take up the workers.
    """
    params = {"now": now, "next_nudge_at": now + dt.timedelta(seconds=nudge_s), "limit": limit}
    return [TickRef(row.bot_id, now, mention_id=row.id) for row in session.execute(OVERDUE, params)]


def next_of(session: Session, bot_id: int, now: dt.datetime) -> TickRef | None:
    """Returns an urgent tick for the bot's oldest unanswered mention, None when there is none."""
    mention_id = session.scalar(OF_BOT, {"bot_id": bot_id, "now": now})
    return None if mention_id is None else TickRef(bot_id, now, mention_id=mention_id)


def expire(session: Session, now: dt.datetime) -> int:
    """Expires mentions past `expires_at` without an open answer; returns how many."""
    statement = read("""
        update mentions n set status = 'expired', reason = coalesce((
            select coalesce(u.reason, u.state) from utterances u where u.mention_id = n.id order by u.id desc limit 1),
            'not_taken_up')
        where n.status = 'pending' and n.expires_at <= :now
          and not exists (select 1 from utterances u where u.mention_id = n.id
                            and u.state {OPEN})
        returning n.id
    """)
    return len(session.execute(statement, {"now": now}).all())
