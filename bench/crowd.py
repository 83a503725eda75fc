"""Many bots that all have planned utterances: bulk inserts, and counts of their outcomes."""

from __future__ import annotations

import time

from sqlalchemy import Engine, text

from app.domain.lanes.leaks import canary_of
from app.repositories.utterances.sql import read

MESSAGES_A_CHAT = 8
PEOPLE = 200

SEED = (
    """insert into bots (telegram_user_id, username, display_name, token_encrypted)
       select 7000000 + n, 'bench_' || n || '_bot', 'Bot ' || n, 'none' from generate_series(1, :bots) n""",
    """insert into personas (bot_id, tone, style, topics, watchlist, never_do)
       select id, 'dry and curious', 'short sentences', '{rates,inflation,chip makers}', '{NVDA,TSLA}',
              '{promise a profit}' from bots""",
    """insert into stances (bot_id, topic, position, confidence)
       select id, 'rates', 'they stay high for longer than the market hopes', 0.7 from bots""",
    """insert into chats (telegram_chat_id, title, status, topics)
       select -1001000000000 - n, 'Market talk ' || n, 'enabled', '{rates,chips}' from generate_series(1, :bots) n""",
    """insert into memberships (bot_id, chat_id)
       select b.id, c.id
       from bots b join chats c on c.telegram_chat_id = -1001000000000 - (b.telegram_user_id - 7000000)""",
    """insert into people (telegram_user_id, display_name)
       select 9000000 + n, 'Person ' || n from generate_series(1, :people) n""",
    """insert into messages (chat_id, telegram_message_id, person_id, text, sent_at)
       select c.id, m, (select min(id) from people) + (c.id + m) % :people,
              'What I read about rates in week ' || m || ' of group ' || c.id || ' was not what most of you expected.',
              now() - make_interval(secs => 30 * (:messages - m))
       from chats c cross join generate_series(1, :messages) m""",
    """insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, topic, available_at, planned_at)
       select m.bot_id, m.chat_id, now(), 'topic', 'ambient', 'chat.ambient', 'rates', now(), now()
       from memberships m order by m.bot_id limit :prompts""",
    """insert into settings (scope, key, value) values ('fleet', 'near_duplicate_similarity', '1'::jsonb)""",
    "analyze",
)
"""Disables the similarity check: all bots have one persona, so their texts are alike."""

PLAN_ANSWER = text("""
    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, target_message_id, available_at, planned_at)
    select m.bot_id, m.chat_id, now(), 'reply', 'interactive', 'chat.interactive',
           (select max(id) from messages where chat_id = m.chat_id), clock_timestamp(), clock_timestamp()
    from memberships m
    where not exists (select from utterances u where u.bot_id = m.bot_id) order by m.bot_id limit 1
    returning id, extract(epoch from planned_at)
""")
WAITING = read("select count(*) from utterances where state {WORDLESS} and urgency = any(:urgencies)")
REWRITTEN = text("select count(*) from utterances where rewrite_reason is not null")
DISCARDED = read("select count(*) from utterances where state {VOID}")


def seed_prompts(engine: Engine, prompts: int, spare_bots: int) -> None:
    """Plans `prompts` ambient utterances, each of a bot of its own in a chat of its own with a history to read.

    `spare_bots` more bots have nothing planned: `plan_answer` uses one each.
    """
    params = {"bots": prompts + spare_bots, "people": PEOPLE, "messages": MESSAGES_A_CHAT, "prompts": prompts}
    with engine.begin() as connection:
        for statement in SEED:
            connection.execute(text(statement), params)


def plan_answer(engine: Engine) -> tuple[str, float]:
    """Plans one answer to a person by a spare bot; returns its name in journals and its time in unix seconds."""
    with engine.begin() as connection:
        row = connection.execute(PLAN_ANSWER).one()
    return canary_of(row[0]), float(row[1])


def count_unwritten(engine: Engine, *urgencies: str) -> int:
    """Counts prompts of these urgencies that have no text yet."""
    with engine.connect() as connection:
        return int(connection.scalar(WAITING, {"urgencies": list(urgencies)}) or 0)


def count_discarded(engine: Engine) -> int:
    """Counts prompts that ended without a text."""
    with engine.connect() as connection:
        return int(connection.scalar(DISCARDED) or 0)


def count_rewritten(engine: Engine) -> int:
    """Counts prompts that were retried because their first draft was refused."""
    with engine.connect() as connection:
        return int(connection.scalar(REWRITTEN) or 0)


def wait_until_written(engine: Engine, urgency: str, within_s: float) -> None:
    """Returns once no prompt of `urgency` is left without a text, or after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while count_unwritten(engine, urgency) and time.monotonic() < deadline:
        time.sleep(0.1)
