"""A bot with few texts costs a prompt no look through the texts of all others."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from app.repositories.conversation import members
from app.repositories.utterances import prompts
from tests.builders import NOW, make_bot, make_chat, make_utterance

FILL = text("""
    insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, state, text, available_at, planned_at,
                            finished_at, telegram_message_id)
    select :bot, :chat, at, 'topic', 'ambient', 'x', 'sent', 'a text', at, at, at, n
    from generate_series(1, 20000) n, lateral (select cast(:now as timestamptz) - n * interval '1 minute' as at) t
""")


@pytest.fixture
def newcomer(pipeline, committed_db):
    """A bot with one text beside one with twenty thousand, and its utterance."""
    old, new = make_bot(pipeline.sessions, "Old"), make_bot(pipeline.sessions, "New")
    chat = make_chat(pipeline.sessions, old, new)
    with pipeline.sessions.begin() as session:
        session.execute(FILL, {"bot": old.id, "chat": chat.id, "now": NOW - dt.timedelta(days=1)})
    with committed_db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze utterances"))
    return make_utterance(pipeline.sessions, new, chat, "generating")


@pytest.mark.parametrize("statement", [prompts.GATHER, members.SAID])
def test_the_last_texts_of_a_newcomer_are_found_by_its_own_index(pipeline, newcomer, statement):
    params = {"ids": [newcomer.id], "day": NOW.date(), "chat_budget": 0, "bot_budget": 0, "own_texts": 20}
    more = {"bot_ids": [newcomer.bot_id], "since": NOW, "fleet": 300, "own": 20}
    with pipeline.sessions() as session:
        plan = session.scalars(text(f"explain (analyze, timing off) {statement.text}"), {**params, **more}).all()
    assert any("ix_utterances_bot_id_planned_at" in line for line in plan)
    skipped = [int(line.split(":")[1]) for line in plan if "Rows Removed by Filter" in line]
    assert sum(skipped) < 100, "\n".join(plan)
