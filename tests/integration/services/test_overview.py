"""What operators watch: counters, the pace of talk, a chat as it goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import Engine, event, update

from app.bootstrap import Runtime, build_runtime
from app.config import Settings
from app.domain.errors import NotFound
from app.models import Mention, Utterance
from app.services.overview import overview
from tests.browser.scene import set_scene
from tests.web.fakes import FakeTelegram


@pytest.fixture
def scene(settings: Settings, committed_db: Engine, cache: redis.Redis) -> Iterator[Runtime]:
    """A fleet in the middle of a conversation."""
    runtime = build_runtime(settings)
    telegram = FakeTelegram()
    runtime.telegram = telegram  # type: ignore[assignment]
    set_scene(runtime, telegram)
    yield runtime
    runtime.cache.close()
    runtime.engine.dispose()


def test_the_counters_say_what_is_there_in_two_statements(scene: Runtime) -> None:
    statements: list[str] = []
    event.listen(scene.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    counters = overview.read_counters(scene.sessions, scene.cache, scene.clock)

    assert len(statements) == 2
    assert (counters.bots_active, counters.bots_paused, counters.bots_broken) == (5, 1, 0)
    assert (counters.chats_enabled, counters.chats_total) == (2, 3)
    assert (counters.utterances["sent"], counters.utterances["discarded"], counters.utterances["failed"]) == (4, 2, 1)
    assert (counters.llm_requests, counters.prompts_per_request, counters.llm_failures) == (36, 5.4, 2)
    assert counters.people_messages_per_min > 0


def test_a_second_viewer_within_a_second_costs_no_statement(scene: Runtime) -> None:
    first = overview.read_counters(scene.sessions, scene.cache, scene.clock)
    statements: list[str] = []
    event.listen(scene.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    assert overview.read_counters(scene.sessions, scene.cache, scene.clock) == first
    assert statements == []


def test_without_redis_the_counters_are_counted_for_each_viewer(scene: Runtime) -> None:
    away = redis.Redis.from_url("redis://127.0.0.1:9/0")

    assert overview.read_counters(scene.sessions, away, scene.clock).bots_active == 5


def test_an_overdue_bot_shows_as_lag_unless_it_is_paused(scene: Runtime) -> None:
    with scene.sessions.begin() as session:
        session.connection().exec_driver_sql(
            "update tick_schedule set due_at = now() + interval '1 hour';"
            "update tick_schedule set due_at = now() - interval '40 seconds' where bot_id = 1;"
            "update tick_schedule set due_at = now() - interval '1 hour'"
            " where bot_id = (select id from bots where status = 'paused')"
        )

    assert 40 <= overview.read_counters(scene.sessions, scene.cache, scene.clock).tick_lag_s < 60


def test_the_pace_has_a_value_for_every_minute(scene: Runtime) -> None:
    pace = overview.read_message_rates(scene.sessions, scene.clock, minutes=45)

    assert len(pace) == 45
    assert pace[-1].start <= scene.clock.now() < pace[-1].start + dt.timedelta(minutes=1)
    assert sum(minute.people + minute.bots for minute in pace) == 162
    assert pace[0].people == 0


def test_a_live_chat_has_its_quotes_and_what_is_on_its_way(scene: Runtime) -> None:
    live = overview.watch_chat(scene.sessions, scene.clock, 1)

    assert [message.sent_at for message in live.messages] == sorted(message.sent_at for message in live.messages)
    reply = live.messages[1]
    assert (reply.author, reply.bot_id, reply.quoted_author) == ("Ada Lark", 1, "Maya")
    assert reply.quoted_text == live.messages[0].text
    assert {utterance.state for utterance in live.pending} == {"ready", "generating"}
    with pytest.raises(NotFound):
        overview.watch_chat(scene.sessions, scene.clock, 77)


def test_a_bots_utterances_come_newest_first_with_their_trace(scene: Runtime) -> None:
    utterances = overview.list_utterances_of_bot(scene.sessions, 1)

    assert [utterance.state for utterance in utterances] == ["ready", "sent"]
    assert utterances[0].target_author == "Maya"
    assert utterances[0].trace[0]["rule"] == "fleet_runs"


def test_the_fleet_is_at_rest_when_nothing_is_on_its_way_and_nobody_waits(scene: Runtime) -> None:
    assert not overview.is_at_rest(scene.sessions)
    assert overview.count_states(scene.sessions)["sent"] == 4

    with scene.sessions.begin() as session:
        session.execute(update(Utterance).values(state="discarded", finished_at=scene.clock.now(), lease_until=None))
        session.execute(update(Mention).values(expires_at=scene.clock.now()))

    assert overview.is_at_rest(scene.sessions)
    assert set(overview.count_states(scene.sessions)) == {"discarded"}
