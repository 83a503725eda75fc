"""What a tick leaves behind: all of it when it speaks, a few bytes in the cache when it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.behaviour.decide import decide
from app.domain.behaviour.tick import OpenTopic, Reply
from app.domain.settings import DEFAULTS
from app.domain.traces.tick_record import is_same, read_record, replay, unpack
from app.models import TickTrace, Utterance
from app.repositories.traces import tick_traces
from app.services.schedule.retention import prune
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from app.services.traces import recording
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance


@pytest.fixture
def bot(pipeline):
    """One that uses every turn, whoever talks."""
    write_settings(pipeline.sessions, {"speak_probability": 1.0, "talk_backoff": 0.0}, "test", pipeline.clock)
    return make_bot(pipeline.sessions, timezone="Europe/Istanbul", emotion={"energy": 0.5, "phrases": ["well"]})


def traces(pipeline):
    return fetch(pipeline.sessions, select(TickTrace))


def test_a_tick_that_speaks_is_kept_with_its_plan(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot, topics=["rates"])
    for number in range(5):
        make_message(pipeline.sessions, chat, f"Nasılsın 🙂 {number}?", NOW - dt.timedelta(seconds=number + 0.123457))
    run_tick(pipeline.tick, bot.id, NOW)
    (kept,) = traces(pipeline)
    (utterance,) = fetch(pipeline.sessions, select(Utterance))
    assert (kept.utterance_id, kept.decided_at, kept.chat_ids) == (utterance.id, NOW, [chat.id])
    assert kept.steps[0] == {"rule": "fleet_runs", "verdict": "ok"}
    record = read_record(unpack(kept.record), pipeline.tick.engine)
    assert (record.engine, record.seed, record.decided_at) == (kept.engine, kept.seed, NOW)
    assert isinstance(record.decision.plan, Reply | OpenTopic)
    assert record.decision.plan.chat_id == utterance.chat_id
    assert [step.as_json() for step in record.decision.trace] == kept.steps
    assert is_same(replay(record), record.decision)


def test_an_answer_to_a_mention_replays_too(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada, rates?"))
    run_tick(pipeline.tick, bot.id, NOW, mention.id)
    (kept,) = traces(pipeline)
    record = read_record(unpack(kept.record), pipeline.tick.engine)
    assert record.decision.plan.mention_id == record.context.wanted_mention_id == mention.id
    assert is_same(replay(record), record.decision)


def test_a_silent_tick_writes_no_row_and_tells_its_reason_to_the_cache(pipeline, bot):
    run_tick(pipeline.tick, bot.id, NOW)
    assert traces(pipeline) == []
    ((bot_id, tick),) = pipeline.silence.ticks
    assert (bot_id, tick.at, tick.reason) == (bot.id, NOW, "no_chat")
    assert tick.steps[-1]["verdict"] == "no_chat"


def test_a_plan_that_postgres_refuses_is_silent_with_that_reason(pipeline, bot, monkeypatch):
    chat = make_chat(pipeline.sessions, bot, make_bot(pipeline.sessions, "Bob"))

    def decide_late(context, now, rng):
        other = fetch(pipeline.sessions, select(Utterance))
        if not other:
            make_utterance(pipeline.sessions, bot, chat, due_at=NOW)
        return decide(context, now, rng)

    monkeypatch.setattr("app.domain.traces.tick_record.decide", decide_late)
    run_tick(pipeline.tick, bot.id, NOW)
    assert traces(pipeline) == []
    ((_, tick),) = pipeline.silence.ticks
    assert tick.reason == "refused_by_postgres"
    assert [step["rule"] for step in tick.steps][-1] == "is_first"


def test_a_record_that_is_too_large_is_left_out_and_the_tick_speaks(pipeline, bot, monkeypatch):
    make_chat(pipeline.sessions, bot)
    monkeypatch.setattr(recording, "MAX_RECORD_BYTES", 10)
    run_tick(pipeline.tick, bot.id, NOW)
    (kept,) = traces(pipeline)
    assert kept.record is None
    assert kept.steps


def test_a_context_without_exact_json_is_left_out_and_the_tick_speaks(pipeline, bot):
    make_chat(pipeline.sessions, bot)
    run_tick(replace(pipeline.tick, engine=7), bot.id, NOW)
    (kept,) = traces(pipeline)
    assert (kept.engine, kept.record) == ("7", None)


def test_traces_go_after_their_time_and_their_utterances_stay(pipeline, bot):
    make_chat(pipeline.sessions, bot)
    run_tick(pipeline.tick, bot.id, NOW)
    pipeline.clock.time = NOW + dt.timedelta(days=DEFAULTS.traces_days)
    prune(pipeline.retention)
    assert len(traces(pipeline)) == 1
    pipeline.clock.pass_seconds(1)
    prune(pipeline.retention)
    assert traces(pipeline) == []
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1


def test_the_words_of_a_chat_can_be_forgotten_and_the_reasons_stay(pipeline, bot):
    chat = make_chat(pipeline.sessions, bot)
    run_tick(pipeline.tick, bot.id, NOW)
    with pipeline.sessions.begin() as session:
        looked_at = tick_traces.forget_words(session, [chat.id + 1], 0, 10)
    (kept,) = traces(pipeline)
    assert (kept.utterance_id, kept.record is None) == (looked_at, False)
    with pipeline.sessions.begin() as session:
        assert tick_traces.forget_words(session, [chat.id], 0, 10) == looked_at
        assert tick_traces.forget_words(session, [chat.id], looked_at, 10) is None
    (kept,) = traces(pipeline)
    assert kept.record is None
    assert kept.steps
