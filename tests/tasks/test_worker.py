"""One real worker over real Redis and Postgres: a person's words come in, an answer is planned and a provider asked."""

from __future__ import annotations

import os
import signal
import sys

import pytest
from sqlalchemy import select

from app.db import create_session_factory
from app.domain.ports import TickRef
from app.models import InboxUpdate, LLMRequest, Mention, Utterance
from app.queues import IO_QUEUES, tick_queues
from app.repositories.ingest import inbox
from app.services.settings.values import write_settings
from tests.builders import NOW, fetch, make_bot, make_chat, make_update
from tests.servers import running
from tests.waiting import patience, wait_until

QUEUES = ",".join([*IO_QUEUES, *tick_queues(8)])


@pytest.fixture
def running_worker(environment, broker, cache, committed_db, tmp_path):
    """A worker process in the threads pool, with every queue."""
    argv = (sys.executable, "-m", "celery", "-A", "tasks.celery", "worker", "--pool", "threads", "--concurrency", "2")
    argv += ("-Q", QUEUES, "--without-gossip", "--without-mingle", "-n", f"test-{os.getpid()}@localhost")
    log = tmp_path / "worker.log"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, "PYTHONPATH": os.getcwd(), "LOG_FORMAT": "json"}.items():
            patch.setenv(name, value)
        with running(argv, log, ready=lambda: "ready" in log.read_text(), stop=signal.SIGTERM) as process:
            yield process, log


@pytest.mark.stack
def test_what_a_person_says_makes_a_worker_plan_an_answer_and_ask_the_provider(worker, running_worker, committed_db):
    sessions = create_session_factory(committed_db)
    write_settings(sessions, {"speak_probability": 1.0}, "test", worker.runtime.clock)
    bot = make_bot(sessions)
    chat = make_chat(sessions, bot)
    now = worker.runtime.clock.now()
    with sessions.begin() as session:
        said = make_update(1, chat, 42, f"@{bot.username} what now?", date=int(now.timestamp()))
        inbox.store(session, bot.id, [said], now, 3)
    worker.runtime.queue.nudge_ingest()
    wait_until(lambda: fetch(sessions, select(LLMRequest.outcome)) == ["unavailable"], within_s=20, what="the request")
    wait_until(lambda: fetch(sessions, select(Utterance.state)) == ["planned"], within_s=20, what="the plan to go back")
    [utterance] = fetch(sessions, select(Utterance))
    assert utterance.mention_id == fetch(sessions, select(Mention.id))[0]
    assert (utterance.urgency, utterance.attempts) == ("interactive", 0)
    assert fetch(sessions, select(InboxUpdate.outcome)) == ["message"]

    other = make_bot(sessions, "Bob")
    make_chat(sessions, other)
    assert worker.runtime.queue.publish_ticks([TickRef(other.id, NOW, shard=3)], expires_s=30) == 1
    planned = select(Utterance.due_at).where(Utterance.bot_id == other.id)
    wait_until(lambda: fetch(sessions, planned) == [NOW], within_s=20, what="the tick of a shard")

    process, log = running_worker
    process.send_signal(signal.SIGTERM)
    process.wait(patience(15))
    assert "Traceback" not in log.read_text()
