"""Years of history in a minute: finished rows inserted by SQL, with the builders' bots and chats."""

from __future__ import annotations

from sqlalchemy import Engine, text

from app.db import SessionFactory
from app.models import Bot, Chat
from tests.builders import make_bot, make_chat

PLACES = 21
"""Odd, so that a message of a bot and the one it answers, a round before, have different authors."""

PEOPLE = 1000
WORDS = "I bought Quux & Sons at 12.40 this morning and wonder what you make of it"

PEOPLE_FILL = """
    insert into people (telegram_user_id, username, display_name)
    select 100000 + n, 'person_' || n, 'Person ' || n from generate_series(1, :people) n
"""
FINISHED = (
    PEOPLE_FILL,
    """
    insert into messages (chat_id, telegram_message_id, person_id, text, sent_at, created_at)
    select (cast(:chats as bigint[]))[1 + n % :places], 1000000 + n, p.first + n % :people, :words, at, at
    from generate_series(1, :rows) n, (select min(id) as first from people) p,
         lateral (select now() - interval '100 days' + n * interval '700000 seconds' / :rows as at) t
    """,
    """
    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, state, text, available_at, planned_at,
                            finished_at, telegram_message_id, target_message_id)
    select (cast(:bots as bigint[]))[1 + n % :places], (cast(:chats as bigint[]))[1 + n % :places], at, 'reply',
           'ambient', 'chat.ambient', 'sent', :words, at, at, at, n, m.first + n
    from generate_series(1, :rows) n, (select min(id) - 1 as first from messages) m,
         lateral (select now() - interval '100 days' + n * interval '700000 seconds' / :rows as at) t
    """,
    """
    insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids, record)
    select id, '1', id, planned_at, jsonb_build_array(jsonb_build_object('rule', 'rested', 'verdict', 'pass')),
           array[chat_id], decode(repeat('5a', 400), 'hex')
    from utterances
    """,
    """
    insert into inbox_updates (bot_id, update_id, payload, received_at, available_at, done_at, outcome)
    select (cast(:bots as bigint[]))[1 + n % :places], n, jsonb_build_object('update_id', n), at, at, at,
           case when n % 100 = 0 then 'unknown:poll' else 'message' end
    from generate_series(1, :rows) n,
         lateral (select now() - interval '9 days' + n * interval '400000 seconds' / :rows as at) t
    """,
)

TALK = (
    PEOPLE_FILL,
    """
    insert into messages (chat_id, telegram_message_id, person_id, bot_id, text, sent_at, reply_to_message_id)
    select (cast(:chats as bigint[]))[1 + n % :places], 1000000 + n,
           case when n % 4 = 0 then null when n % :every = 1 then p.first else p.first + 1 + n % (:people - 1) end,
           case when n % 4 = 0 then (cast(:bots as bigint[]))[1 + n % :places] end,
           :words, now() - interval '80 days' + n * interval '3 seconds',
           case when n % 4 = 0 then 1000000 + n - :places end
    from generate_series(1, :rows) n, (select min(id) as first from people) p
    """,
    """
    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, state, text, available_at, planned_at,
                            finished_at, telegram_message_id, target_message_id)
    select bot_id, chat_id, sent_at, 'reply', 'ambient', 'chat.ambient', 'sent', text, sent_at, sent_at, sent_at,
           telegram_message_id, (select p.id from messages p
                                  where p.chat_id = m.chat_id and p.telegram_message_id = m.reply_to_message_id)
    from messages m where bot_id is not null
    """,
    """
    insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids, record)
    select id, '1', id, planned_at, '[]', array[chat_id], decode(repeat('5a', 400), 'hex')
    from utterances where planned_at > now() - interval '34 days'
    """,
    """
    insert into inbox_updates (bot_id, update_id, payload, received_at, available_at, done_at, outcome)
    select (cast(:bots as bigint[]))[1 + n % :places], n,
           case when n % 100 = 0 then jsonb_build_object('update_id', n, 'poll', jsonb_build_object('text', :words))
                else jsonb_build_object('update_id', n) end, at, at, at,
           case when n % 100 = 0 then 'unknown:poll' else 'message' end
    from generate_series(1, :rows) n, lateral (select now() - n * interval '100000 seconds' / :rows as at) t
    """,
)


def fill_finished(engine: Engine, sessions: SessionFactory, rows: int) -> None:
    """Inserts rows past their retention, a quarter each: messages, utterances, traces of ticks and updates."""
    _fill(engine, sessions, FINISHED, rows // 4, 1)


def fill_talk(engine: Engine, sessions: SessionFactory, rows: int, own: int) -> list[tuple[Bot, Chat]]:
    """Inserts `rows` messages within their retention, a quarter of them by bots, about `own` by the person 100001.

    As many updates, a hundredth of them unrecognised; an utterance for every message of a bot. Returns the bots and
    their chats.
    """
    return _fill(engine, sessions, TALK, rows, rows * 3 // 4 // own | 1)


def _fill(
    engine: Engine, sessions: SessionFactory, statements: tuple[str, ...], rows: int, every: int
) -> list[tuple[Bot, Chat]]:
    bots = [make_bot(sessions, f"Old{number}") for number in range(PLACES)]
    places = [(bot, make_chat(sessions, bot)) for bot in bots]
    params = {
        "bots": [bot.id for bot, _ in places],
        "chats": [chat.id for _, chat in places],
        "places": PLACES,
        "people": PEOPLE,
        "rows": rows,
        "every": every,
        "words": WORDS,
    }
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        for statement in statements:
            connection.execute(text(statement), params)
            connection.execute(text("vacuum analyze"))  # the next statement looks into what this one made
        connection.execute(text("reset statement_timeout"))
    return places
