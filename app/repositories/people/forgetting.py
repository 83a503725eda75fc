"""What is stored of a person, deleted when they ask for it.

The rows of what they wrote stay, empty and without an author, so that a late copy of a message is still known as one.
Whoever adds a table with people's words or names adds its statement here.
"""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.repositories.traces import tick_traces
from app.repositories.utterances import cancelling

SOMEONE = "someone"
SHORTEST_NAME = 3
"""Shorter names stand in too many words to be taken out of texts."""

NOBODY = text("""
    insert into people (telegram_user_id, display_name, muted) values (0, :someone, true)
    on conflict (telegram_user_id) do update set muted = true returning id
""")

TRACES = text("""
    select p.id, p.telegram_user_id, p.username, p.display_name, array_agg(g.id) as messages,
           array_agg(distinct g.chat_id) as chats
    from messages said join people p on p.id = said.person_id
    join messages g on g.person_id = p.id and g.id <= said.id
    where said.id = :message_id group by p.id
""")

STATEMENTS: tuple[TextClause, ...] = (
    text("""
        update utterances set text = case when text is not null then '' end, topic = null, refused_text = null
        where target_message_id = any(:messages)
    """),
    text("""
        delete from messages b using messages g
        where g.id = any(:messages) and b.chat_id = g.chat_id and b.reply_to_message_id = g.telegram_message_id
          and b.bot_id is not null
    """),
    text("delete from mentions where message_id = any(:messages)"),
    text("delete from insights where message_id = any(:messages)"),
    text("update chats set digest = null where id = any(:chats) and digest is not null"),
    text("update llm_jobs set answer = null where chat_id = any(:chats) and answer is not null"),
    text("""
        update inbox_updates set payload = jsonb_build_object('update_id', update_id),
            done_at = coalesce(done_at, :now), outcome = coalesce(outcome, 'forgotten')
        where bot_id = any(select bot_id from memberships where chat_id = any(:chats))
          and payload @@ cast(:written_by_them as jsonpath)
    """),
    text("""
        update inbox_updates set payload = jsonb_set(payload, '{message,reply_to_message}',
            jsonb_build_object('message_id', payload #> '{message,reply_to_message,message_id}'))
        where done_at is null and bot_id = any(select bot_id from memberships where chat_id = any(:chats))
          and payload @@ cast(:quoting_them as jsonpath)
    """),
    text("""
        update inbox_updates set payload = jsonb_build_object('update_id', update_id)
        where done_at is not null and bot_id = any(select bot_id from memberships where chat_id = any(:chats))
          and payload @@ cast(:naming_them as jsonpath)
    """),
    text("""
        update messages set text = '', person_id = :nobody, is_question = false, asks_opinion = false, language = null,
            sentiment = null, symbols = '{}', topics = '{}', edited_at = null
        where id = any(:messages)
    """),
    text("update people set username = null, display_name = :someone where id = :person"),
    text("""
        delete from people p where p.id = :person and not exists (select 1 from mutes where person_id = p.id)
          and not exists (select 1 from messages where person_id = p.id)
    """),
)

NAMES = (
    text("""
        update utterances set text = regexp_replace(text, :names, :someone, 'gi')
        where chat_id = any(:chats) and text ~* :names
    """),
    text("""
        update messages set text = regexp_replace(text, :names, :someone, 'gi')
        where chat_id = any(:chats) and bot_id is not null and text ~* :names
    """),
)


def forget_author(session: Session, message_id: int, said_at: dt.datetime, now: dt.datetime) -> None:
    """Deletes what is stored, in any chat, of the person who wrote this message at `said_at`, up to this message.

    Their texts and what was found in them, mentions, insights, raw updates, answers that they got, summaries of their
    chats, and their name, also where our bots used it. What others wrote about them is theirs. Their mutes stay, and
    with them the number by which Telegram knows the person.
    """
    traces = session.execute(TRACES, {"message_id": message_id}).one()
    user, names = traces.telegram_user_id, _pattern(traces.username, traces.display_name)
    params = {
        "now": now,
        "someone": SOMEONE,
        "person": traces.id,
        "nobody": session.scalar(NOBODY, {"someone": SOMEONE}),
        "messages": traces.messages,
        "chats": traces.chats,
        "written_by_them": f"exists($.* ? (@.from.id == {user} && @.date <= {int(said_at.timestamp())}))",
        "quoting_them": f"exists($.message.reply_to_message ? (@.from.id == {user}))",
        "naming_them": f"exists($.** ? (@.id == {user}))",
        "names": names,
    }
    cancelling.discard_answers_to(session, traces.messages, now)
    for statement in (*(NAMES if names else ()), *STATEMENTS):
        session.execute(statement, params)
    tick_traces.forget_words(session, traces.chats)


def _pattern(*names: str | None) -> str | None:
    """A regular expression of Postgres for these names as whole words."""
    words = [re.escape(name) for name in names if name and len(name) >= SHORTEST_NAME and name != SOMEONE]
    return rf"(?<!\w)@?(?:{'|'.join(words)})(?!\w)" if words else None
