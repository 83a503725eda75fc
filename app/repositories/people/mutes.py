"""Whom the bots leave alone, in which chat."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.repositories.utterances import cancelling

MUTE = text("""
    with said as (select chat_id, person_id from messages where id = :message_id)
    insert into mutes (chat_id, person_id, bot_id, since)
    select chat_id, person_id, cast(:bot_id as bigint), :now from said
    on conflict do nothing
""")

UNMUTE = text("""
    with said as (
        select chat_id, person_id from messages where id = :message_id
    ), ended as (
        delete from mutes x using said
        where x.chat_id = said.chat_id and x.person_id = said.person_id
          and (cast(:bot_id as bigint) is null or x.bot_id is null or x.bot_id = :bot_id)
        returning x.chat_id, x.person_id, x.bot_id
    )
    insert into mutes (chat_id, person_id, bot_id, since)
    select e.chat_id, e.person_id, m.bot_id, :now
    from ended e join memberships m on m.chat_id = e.chat_id
    where cast(:bot_id as bigint) is not null and e.bot_id is null and m.bot_id <> :bot_id
    on conflict do nothing
""")

EXPIRE = text("""
    update mentions n set status = 'expired', reason = 'muted'
    from messages said join messages g on g.chat_id = said.chat_id and g.person_id = said.person_id
    where said.id = :message_id and n.message_id = g.id and n.status = 'pending'
      and (cast(:bot_id as bigint) is null or n.bot_id = :bot_id)
""")


def mute(session: Session, message_id: int, bot_id: int | None, now: dt.datetime) -> list[int]:
    """Leaves the author of a message alone in its chat: by one bot, or by all without a `bot_id`.

    What was to be answered to them is not: their mentions expire, and texts that are not being sent yet are dropped.
    Returns the ids of these texts.
    """
    params = {"message_id": message_id, "bot_id": bot_id, "now": now}
    for statement in (MUTE, EXPIRE):
        session.execute(statement, params)
    return cancelling.discard_answers_to_author(session, message_id, bot_id, now)


def unmute(session: Session, message_id: int, bot_id: int | None, now: dt.datetime) -> None:
    """Ends it. Where all bots were muted and one may speak again, the others of the chat stay as they are."""
    session.execute(UNMUTE, {"message_id": message_id, "bot_id": bot_id, "now": now})
