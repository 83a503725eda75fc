"""Mutes of bots by people, per chat."""

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
    """Stores a mute for the author of a message in its chat: of one bot, or of all without a `bot_id`.

    Expires their mentions and discards replies not yet being sent. Returns the ids of these replies.
    """
    params = {"message_id": message_id, "bot_id": bot_id, "now": now}
    for statement in (MUTE, EXPIRE):
        session.execute(statement, params)
    return cancelling.discard_answers_to_author(session, message_id, bot_id, now)


def unmute(session: Session, message_id: int, bot_id: int | None, now: dt.datetime) -> None:
    """Ends a mute. When all bots were muted and one is unmuted, the others of the chat stay muted."""
    session.execute(UNMUTE, {"message_id": message_id, "bot_id": bot_id, "now": now})
