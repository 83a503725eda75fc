"""Statements that end utterances unsent: stale, withheld, muted or forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy.orm import Session

from app.domain.settings.book import Scoped
from app.repositories.utterances.sql import write

EXPIRE = write(
    "expire",
    """
    with stale as (
        select u.id from utterances u
        left join unnest(cast(:bot_ids as bigint[]), cast(:of_bots as float8[])) as b(id, s) on b.id = u.bot_id
        left join unnest(cast(:chat_ids as bigint[]), cast(:of_chats as float8[])) as c(id, s) on c.id = u.chat_id
        where u.state {old} and (u.lease_until is null or u.lease_until < :now)
          and u.urgency = :urgency
          and u.planned_at < cast(:now as timestamptz) - make_interval(secs => coalesce(b.s, c.s, :patience))
        for update of u
    )
    update utterances u set state = {new}, reason = 'stale', finished_at = :now, lease_until = null
    from stale where stale.id = u.id returning u.id
    """,
)

WITHHOLD = write(
    "withhold",
    """
    update utterances set state = {new}, reason = :reason, finished_at = :now, lease_until = null
    where id = :id and state {old} returning id
    """,
)

MUTE = write(
    "mute",
    """
    update utterances u set state = {new}, reason = 'muted', finished_at = :now, lease_until = null
    from messages said join messages g on g.chat_id = said.chat_id and g.person_id = said.person_id
    where said.id = :message_id and u.target_message_id = g.id and u.kind <> 'command'
      and u.state {old} and (cast(:bot_id as bigint) is null or u.bot_id = :bot_id)
    returning u.id
    """,
)

FORGET = write(
    "forget",
    """
    update utterances set state = {new}, reason = 'forgotten', finished_at = :now, lease_until = null
    where target_message_id = any(:messages) and kind <> 'command' and state {old} returning id
    """,
)


def drop_stale(session: Session, now: dt.datetime, urgency: str, patience_s: Scoped) -> list[int]:
    """Discards utterances waiting longer than the patience (seconds) of their bot, chat or fleet; returns the ids."""
    params = {
        "now": now,
        "urgency": urgency,
        "patience": patience_s.fleet,
        "bot_ids": list(patience_s.bots),
        "of_bots": list(patience_s.bots.values()),
        "chat_ids": list(patience_s.chats),
        "of_chats": list(patience_s.chats.values()),
    }
    return list(session.scalars(EXPIRE, params))


def withhold(session: Session, utterance_id: int, reason: str, now: dt.datetime) -> bool:
    """Ends a text that may not be sent, storing the reason; False when it is not `ready` (any more)."""
    return session.scalar(WITHHOLD, {"id": utterance_id, "reason": reason, "now": now}) is not None


def discard_answers_to_author(session: Session, message_id: int, bot_id: int | None, now: dt.datetime) -> list[int]:
    """Discards unsent replies to the author of a message in its chat, of one bot or, without a `bot_id`, of all.

    Answers to commands are still sent. Returns the ids.
    """
    return list(session.scalars(MUTE, {"message_id": message_id, "bot_id": bot_id, "now": now}))


def discard_answers_to(session: Session, message_ids: Collection[int], now: dt.datetime) -> list[int]:
    """Discards unsent and unknown replies to forgotten messages, except answers to commands; returns the ids."""
    return list(session.scalars(FORGET, {"messages": list(message_ids), "now": now}))
