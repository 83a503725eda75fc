"""What is past its retention goes in batches, each committed: a run may end at any moment, and the next one goes on."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from structlog.testing import capture_logs

from app.domain.settings import DEFAULTS
from app.domain.work.batch_size import FIRST
from app.models import ForgetRequest, InboxUpdate, Insight, Mention, Message, TickTrace, Utterance
from app.repositories.schedule import retention
from app.repositories.schedule.retention import LOCK, RULES
from app.services.schedule import retention as service
from app.services.schedule.retention import RUN_S, prune
from tests.builders import NOW, add, fetch, make_mention, make_message, make_utterance, refetch

OLD = NOW - dt.timedelta(days=91)
MANY = 3 * FIRST


@pytest.fixture
def inbox(pipeline, bot):
    """Many updates of a week ago, a hundred of each instant; every tenth was understood by nobody."""
    fill = text("""
        insert into inbox_updates (bot_id, update_id, payload, done_at, outcome)
        select :bot, n, '{}', cast(:now as timestamptz) - interval '7 days' + n / 100 * interval '1 second',
               case when n % 10 = 0 then 'unknown:poll' else 'message' end
        from generate_series(1, :many) n
    """)
    with pipeline.sessions.begin() as session:
        session.execute(fill, {"bot": bot.id, "now": NOW, "many": MANY})


def count(pipeline, table):
    return fetch(pipeline.sessions, select(func.count()).select_from(table))[0]


def plan_of(pipeline, rule):
    """How Postgres carries out a rule's statement when it may not read a whole table."""
    before = OLD.date() if rule.unit == "date" else OLD
    with pipeline.sessions() as session:
        session.execute(text("set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off"))
        statement = text(f"explain {rule.statement.text}")
        return "\n".join(
            session.scalars(statement, {"before": before, "at": "-infinity", "number": 0, "rows": 1000})
        ), session.scalar(text(f"select count(*) from {rule.table}"))  # noqa: S608


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table} {rule.condition}")
def test_every_rule_finds_its_rows_by_an_index_on_its_clock(pipeline, rule):
    plan, _ = plan_of(pipeline, rule)
    assert "Seq Scan" not in plan
    assert re.search(rf"Index Cond: \(*{rule.clock} <", plan), plan
    assert "Tid Scan" in plan


def test_more_rows_than_a_batch_go_and_what_stays_stays(pipeline, inbox):
    prune(pipeline.retention)
    left = fetch(pipeline.sessions, select(InboxUpdate.outcome))
    assert left == ["unknown:poll"] * (MANY // 10)


def test_a_run_that_is_killed_keeps_what_it_did_and_the_next_one_goes_on(pipeline, inbox):
    def die(seconds):
        raise SystemExit

    with pytest.raises(SystemExit):
        prune(replace(pipeline.retention, batches=replace(pipeline.batches, pause=die)))
    assert count(pipeline, InboxUpdate) == MANY - FIRST * 9 // 10
    prune(pipeline.retention)
    assert count(pipeline, InboxUpdate) == MANY // 10


def test_a_run_ends_when_its_time_is_up(pipeline, inbox):
    passing = iter(range(1000))
    late = replace(pipeline.batches, timer=lambda: next(passing) * RUN_S / 4)
    with capture_logs() as logs:
        prune(replace(pipeline.retention, batches=late))
    [line] = [line for line in logs if line["event"] == "pruned"]
    assert not line["done"]
    assert MANY // 10 < count(pipeline, InboxUpdate) <= MANY


def test_of_two_runs_at_once_one_does_the_work(pipeline, inbox):
    with pipeline.sessions.begin() as other:
        other.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
        prune(pipeline.retention)
        assert count(pipeline, InboxUpdate) == MANY
    prune(pipeline.retention)
    assert count(pipeline, InboxUpdate) == MANY // 10


def test_a_rule_that_fails_is_told_in_full_and_does_not_stop_the_others(pipeline, inbox, monkeypatch):
    broken = replace(RULES[0], condition="no_such_column")
    monkeypatch.setattr(service, "RULES", (broken, *RULES))
    with capture_logs() as logs, pytest.raises(ProgrammingError, match="no_such_column"):
        prune(pipeline.retention)
    [line] = [line for line in logs if line["event"] == "prune_failed"]
    assert (line["table"], line["log_level"], line["exc_info"]) == ("tick_traces", "error", True)
    assert count(pipeline, InboxUpdate) == MANY // 10


def test_a_run_tells_what_it_deleted_by_table(pipeline, inbox):
    def pruned():
        return REGISTRY.get_sample_value("chorus_pruned_rows_total", {"table": "inbox_updates"}) or 0

    before = pruned()
    with capture_logs() as logs:
        prune(pipeline.retention)
    [line] = [line for line in logs if line["event"] == "pruned"]
    assert (line["rows"], line["done"], line["tables"]) == (MANY * 9 // 10, True, {"inbox_updates": MANY * 9 // 10})
    assert pruned() - before == MANY * 9 // 10


def test_what_hangs_on_a_row_goes_with_it(pipeline, bot, chat):
    message = make_message(pipeline.sessions, chat, "an old question")
    mention = make_mention(pipeline.sessions, bot, message)
    said = make_utterance(
        pipeline.sessions, bot, chat, "sent", target_message_id=message.id, mention_id=mention.id, finished_at=OLD
    )
    unknown = make_utterance(pipeline.sessions, bot, chat, "unknown", target_message_id=message.id, finished_at=OLD)
    add(
        pipeline.sessions,
        TickTrace(utterance_id=said.id, engine="1", seed=1, decided_at=NOW, steps=[], chat_ids=[chat.id]),
        Insight(message_id=message.id, chat_id=chat.id, topic="x", stance="none", sentiment=0, summary="x"),
        ForgetRequest(telegram_user_id=1, message_id=1, said_at=NOW, done_at=NOW - dt.timedelta(days=4)),
        ForgetRequest(telegram_user_id=1, message_id=1, said_at=OLD, created_at=OLD),
    )
    with pipeline.sessions.begin() as session:
        session.get(Message, message.id).created_at = OLD
    prune(pipeline.retention)
    assert [count(pipeline, table) for table in (Message, Mention, Insight, TickTrace)] == [0, 0, 0, 0]
    assert fetch(pipeline.sessions, select(Utterance.id)) == [unknown.id]
    assert refetch(pipeline.sessions, unknown).target_message_id is None
    assert fetch(pipeline.sessions, select(ForgetRequest.done_at)) == [None]


def test_the_words_of_a_rule_name_settings_that_are_in_force(pipeline):
    days = {rule.days(replace(DEFAULTS, history_days=11, traces_days=12)) for rule in RULES}
    fixed = {retention.FAILURE_DAYS, retention.INBOX_DAYS, retention.HEADLINE_DAYS, retention.SPENDING_DAYS}
    assert days == {*fixed, 11, 12}
