"""Requests to be forgotten: leases and progress."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session

from app.domain.ingest.speakers import SOMEONE
from app.repositories.utterances import cancelling
from app.repositories.utterances.sql import read

SHORTEST_NAME = 3
"""Characters; shorter names match too many words to be removed from texts."""


@dataclass(frozen=True, slots=True)
class ForgetRequest:
    """A leased request to delete everything of the person up to `message_id`.

    `names` is a Postgres regular expression for the names bots may have used for the person; `chat_ids` are the chats
    they wrote in, known after the first stage. `position` is the progress within `stage`.
    """

    id: int
    telegram_user_id: int
    person_id: int
    message_id: int
    bot_id: int | None
    names: str | None
    chat_ids: tuple[int, ...]
    stage: str
    position: int
    attempts: int
    created_at: dt.datetime
    language: str


SAID = text("""
    select p.id, p.telegram_user_id, p.username, p.display_name, g.chat_id
    from messages g join people p on p.id = g.person_id where g.id = :message_id
""")

HIDE = text("update people set forgotten_message_id = :message_id where id = :person")

# Open utterances and pending mentions are few, a person's messages may be many: so the few are scanned.
OPEN_ANSWERS = read("""
    select u.target_message_id from utterances u cross join lateral (
        select 1 from messages g where g.id = u.target_message_id and g.person_id = :person offset 0) theirs
    where u.state {OPEN} and u.kind <> 'command'
""")

PENDING = text("""
    delete from mentions where id = any(array(
        select n.id from mentions n cross join lateral (
            select 1 from messages g where g.id = n.message_id and g.person_id = :person offset 0) theirs
        where n.status = 'pending'))
""")

INSERT = text("""
    insert into forget_requests (telegram_user_id, message_id, chat_id, bot_id, said_at, names, available_at,
                                 created_at)
    values (:user, :message_id, :chat_id, :bot_id, :said_at, :names, :now, :now)
    on conflict (telegram_user_id) where done_at is null do update
        set message_id = excluded.message_id, chat_id = excluded.chat_id, bot_id = excluded.bot_id,
            said_at = excluded.said_at, names = coalesce(excluded.names, forget_requests.names), stage = 'places',
            position = 0, attempts = 0, available_at = :now, lease_until = null, created_at = :now
""")

CLAIM = text("""
    with due as (
        select id from forget_requests
        where done_at is null and available_at <= :now and (lease_until is null or lease_until < :now)
        order by available_at, id limit 1 for update skip locked
    ), leased as (
        update forget_requests r set lease_until = :lease_until, attempts = r.attempts + 1
        from due where r.id = due.id returning r.*
    )
    select r.id, r.telegram_user_id, p.id as person_id, r.message_id, r.bot_id, r.names, r.chat_ids, r.stage,
           r.position, r.attempts, r.created_at, coalesce(c.language, 'en') as language
    from leased r left join people p on p.telegram_user_id = r.telegram_user_id left join chats c on c.id = r.chat_id
""")

RENEW = text("""
    update forget_requests set stage = :stage, position = :position, chat_ids = :chat_ids, lease_until = :lease_until
    where id = :id and attempts = :attempts and message_id = :message_id and done_at is null
""")

RELEASE = text("""
    update forget_requests set lease_until = null, available_at = :at
    where id = :id and attempts = :attempts and message_id = :message_id and done_at is null
""")

FINISH = text("""
    update forget_requests set done_at = :now, names = null, chat_ids = '{}', lease_until = null
    where id = :id and attempts = :attempts and message_id = :message_id and done_at is null
""")

SINCE = text("""
    select telegram_user_id, max(said_at) as said_at from forget_requests
    where telegram_user_id = any(:users) group by telegram_user_id
""")


def store(session: Session, message_id: int, bot_id: int | None, said_at: dt.datetime, now: dt.datetime) -> list[int]:
    """Stores a request to forget the author of a message up to it; `bot_id` will confirm when it is done.

    From this transaction on their messages are in no prompt and get no answer; pending mentions are deleted. An open
    request of the same person is replaced. Returns the ids of the discarded answers.
    """
    said = session.execute(SAID, {"message_id": message_id}).one()
    person = {"person": said.id, "message_id": message_id}
    session.execute(HIDE, person)
    dropped = cancelling.discard_answers_to(session, session.scalars(OPEN_ANSWERS, person).all(), now)
    session.execute(PENDING, person)
    params = {
        "user": said.telegram_user_id,
        "message_id": message_id,
        "chat_id": said.chat_id,
        "bot_id": bot_id,
        "said_at": said_at,
        "names": _pattern(said.username, said.display_name),
        "now": now,
    }
    session.execute(INSERT, params)
    return dropped


def claim(session: Session, now: dt.datetime, lease_until: dt.datetime) -> ForgetRequest | None:
    """Leases the longest waiting request, None when none is due. An expired lease may be taken over."""
    row = session.execute(CLAIM, {"now": now, "lease_until": lease_until}).first()
    if row is None:
        return None
    values = row._mapping
    return ForgetRequest(**{**values, "chat_ids": tuple(row.chat_ids), "person_id": row.person_id or 0})


def renew(session: Session, request: ForgetRequest, lease_until: dt.datetime) -> bool:
    """Stores the progress, in the transaction of the work; False when another worker has it, or it was replaced."""
    return _touch(session, RENEW, request, lease_until=lease_until)


def release(session: Session, request: ForgetRequest, at: dt.datetime) -> None:
    """Ends the lease of a request; it is due again at `at`."""
    _touch(session, RELEASE, request, at=at)


def finish(session: Session, request: ForgetRequest, now: dt.datetime) -> bool:
    """Ends a request and clears its data except the Telegram user id; False when it is not ours any more."""
    return _touch(session, FINISH, request, now=now)


def said_before(session: Session, telegram_user_ids: Collection[int]) -> dict[int, dt.datetime]:
    """Returns the time up to which messages are forgotten, for those who asked for it within the last days."""
    rows = session.execute(SINCE, {"users": list(telegram_user_ids)})
    return {row.telegram_user_id: row.said_at for row in rows}


def _touch(session: Session, statement: TextClause, request: ForgetRequest, **more: object) -> bool:
    params = {
        "id": request.id,
        "attempts": request.attempts,
        "message_id": request.message_id,
        "stage": request.stage,
        "position": request.position,
        "chat_ids": list(request.chat_ids),
    }
    return cast("CursorResult[Any]", session.execute(statement, {**params, **more})).rowcount > 0


def _pattern(*names: str | None) -> str | None:
    """Returns a Postgres regular expression for these names as whole words, None when there is none."""
    words = [re.escape(name) for name in names if name and len(name) >= SHORTEST_NAME and name != SOMEONE]
    return rf"(?<!\w)@?(?:{'|'.join(words)})(?!\w)" if words else None
