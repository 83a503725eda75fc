"""Deletion of a person's data on request: in stages, a few rows a call.

Statements select their rows by `any(array(…))` or a lateral subquery that cannot be flattened: Postgres then uses the
index for each, whatever its statistics say, and never scans the whole table.

Message rows stay, empty and without an author, so that a late copy of a message is still recognised as one. Every new
table with people's words or names needs a stage here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.domain.ingest.speakers import SOMEONE
from app.models.message import ODD
from app.repositories.people.forget_requests import ForgetRequest
from app.repositories.traces import tick_traces
from app.repositories.utterances import cancelling

Stage = Callable[[Session, ForgetRequest, int, dt.datetime], ForgetRequest | None]
"""Processes up to a number of rows and returns the request with its progress; None when the stage is done."""

NOBODY = text("""
    insert into people (telegram_user_id, display_name, muted)
    select 0, :someone, true where not exists (select 1 from people where telegram_user_id = 0)
    on conflict do nothing
""")

CHATS = text("""
    select c.id from chats c
    where exists (select 1 from messages g where g.person_id = :person and g.chat_id = c.id) order by c.id
""")

NAMES_IN_UTTERANCES = text("""
    with seen as materialized (
        select id from utterances where id > :position order by id limit :rows
    ), changed as (
        update utterances u set text = regexp_replace(u.text, :names, :someone, 'gi')
        where u.id = any(array(select id from seen)) and u.chat_id = any(:chats) and u.planned_at <= :created_at
          and u.text ~* :names
    )
    select max(id) from seen
""")

NAMES_IN_MESSAGES = text("""
    with seen as materialized (
        select id from messages where id > :position and id <= :until order by id limit :rows
    ), changed as (
        update messages g set text = regexp_replace(g.text, :names, :someone, 'gi')
        where g.id = any(array(select id from seen)) and g.chat_id = any(:chats) and g.bot_id is not null
          and g.text ~* :names
    )
    select max(id) from seen
""")

MESSAGES = text("select id from messages where person_id = :person and id <= :until limit :rows")

OF_MESSAGES: tuple[TextClause, ...] = (
    text("""
        update utterances set text = case when text is not null then '' end, topic = null, refused_text = null
        where target_message_id = any(:messages) and kind <> 'command'
    """),
    text("""
        delete from messages where id = any(array(
            select b.id from messages g cross join lateral (
                select id from messages
                where chat_id = g.chat_id and reply_to_message_id = g.telegram_message_id and bot_id is not null
                offset 0
            ) b where g.id = any(:messages)))
    """),
    text("delete from mentions where message_id = any(:messages)"),
    text("delete from insights where message_id = any(:messages)"),
    text("""
        update messages set text = '', person_id = (select id from people where telegram_user_id = 0),
            is_question = false, asks_opinion = false, language = null, sentiment = null, symbols = '{}', topics = '{}',
            edited_at = null
        where id = any(:messages)
    """),
)

DIGESTS_AT_ONCE = 20
DIGESTS = text("""
    update chats set digest = null where id = any(array(
        select id from chats where id = any(:chats) and digest is not null limit :rows)) returning id
""")

JOBS = text("""
    with held as (
        select id from llm_jobs where chat_id = any(:chats) and answer is not null limit :rows
    )
    update llm_jobs set answer = null where id = any(array(select id from held)) returning id
""")

UNREAD = text("select exists (select 1 from inbox_updates where done_at is null and received_at <= :created_at)")

ODD_UPDATES = text(f"""
    with seen as materialized (
        select id from inbox_updates
        where {ODD} and id > :position
        order by id limit :rows
    ), changed as (
        update inbox_updates i set payload = jsonb_build_object('update_id', i.update_id)
        where i.id = any(array(select id from seen)) and i.payload @@ cast(:naming as jsonpath)
    )
    select max(id) from seen
""")  # noqa: S608

PERSON: tuple[TextClause, ...] = (
    text("update people set forgotten_message_id = null where id = :person and forgotten_message_id <= :until"),
    text("""
        update people p set username = null, display_name = :someone
        where p.id = :person and not exists (select 1 from messages where person_id = p.id)
    """),
    text("""
        delete from people p where p.id = :person and not exists (select 1 from mutes where person_id = p.id)
          and not exists (select 1 from messages where person_id = p.id)
    """),
)


def find_places(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Finds the chats they wrote in, before their messages lose their author."""
    session.execute(NOBODY, {"someone": SOMEONE})
    found = session.scalars(CHATS, {"person": request.person_id}).all()
    chats = tuple(sorted({*request.chat_ids, *found}))
    return None if chats == request.chat_ids else replace(request, chat_ids=chats)


def clear_names_in_utterances(
    session: Session, request: ForgetRequest, rows: int, now: dt.datetime
) -> ForgetRequest | None:
    """Replaces their name in utterances, sent or not, in their chats."""
    return _walk(session, NAMES_IN_UTTERANCES, request, rows) if request.names else None


def clear_names_in_messages(
    session: Session, request: ForgetRequest, rows: int, now: dt.datetime
) -> ForgetRequest | None:
    """Replaces their name in our bots' messages in their chats."""
    return _walk(session, NAMES_IN_MESSAGES, request, rows) if request.names else None


def clear_messages(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Empties their messages and deletes insights, mentions and bots' replies to them."""
    params = {"person": request.person_id, "until": request.message_id, "rows": rows}
    found = session.scalars(MESSAGES, params).all()
    if not found:
        return None
    cancelling.discard_answers_to(session, found, now)
    for statement in OF_MESSAGES:
        session.execute(statement, {"messages": found})
    return request


def drop_digests(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Deletes the digests of their chats, few at a time, since ingest updates rows of chats, too, and would wait."""
    return _take(session, DIGESTS, request, min(rows, DIGESTS_AT_ONCE))


def drop_summaries(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Deletes the answers of jobs about their chats."""
    return _take(session, JOBS, request, rows)


def drop_records(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Deletes the records of ticks that read their chats; the steps stay."""
    last = tick_traces.forget_words(session, request.chat_ids, request.position, rows)
    return None if last is None else replace(request, position=last)


def clear_updates(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Empties the raw updates that name them, among unrecognised ones: only those keep their payload."""
    return _walk(session, ODD_UPDATES, request, rows)


def drop_person(session: Session, request: ForgetRequest, rows: int, now: dt.datetime) -> ForgetRequest | None:
    """Deletes the person, or keeps the row without names when they muted a bot; keeps all when they wrote since."""
    for statement in PERSON:
        session.execute(statement, _params(request, rows))
    return None


STAGES: Mapping[str, Stage] = {
    "places": find_places,
    "messages": clear_messages,
    "names_in_utterances": clear_names_in_utterances,
    "names_in_messages": clear_names_in_messages,
    "digests": drop_digests,
    "summaries": drop_summaries,
    "records": drop_records,
    "updates": clear_updates,
    "person": drop_person,
}
"""Run in this order: the chats are found while the messages have an author, and the person is deleted last."""


def next_stage(stage: str) -> str | None:
    """Returns the stage after this one, None after the last."""
    names = list(STAGES)
    place = names.index(stage) + 1
    return names[place] if place < len(names) else None


def has_unread(session: Session, created_at: dt.datetime) -> bool:
    """Returns whether updates received before the request still wait for ingest."""
    return bool(session.scalar(UNREAD, {"created_at": created_at}))


def _take(session: Session, statement: TextClause, request: ForgetRequest, rows: int) -> ForgetRequest | None:
    """Runs a statement whose changed rows no longer match it, until it changes fewer than `rows`."""
    taken = session.execute(statement, {"chats": list(request.chat_ids), "rows": rows}).all()
    return request if len(taken) == rows else None


def _walk(session: Session, statement: TextClause, request: ForgetRequest, rows: int) -> ForgetRequest | None:
    """Scans the next rows of a table by id, whether they are changed or not."""
    last = session.scalar(statement, _params(request, rows))
    return None if last is None else replace(request, position=last)


def _params(request: ForgetRequest, rows: int) -> dict[str, Any]:
    return {
        "person": request.person_id,
        "until": request.message_id,
        "chats": list(request.chat_ids),
        "names": request.names,
        "someone": SOMEONE,
        "created_at": request.created_at,
        "naming": f"exists($.** ? (@.id == {request.telegram_user_id}))",
        "position": request.position,
        "rows": rows,
    }
