"""A real worker whose real broker answers and refuses for a while: it stays, says so once, and goes on at once."""

from __future__ import annotations

import os
import signal
import time

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.cli.stack.workers import describe_node
from app.db import create_session_factory
from app.domain.ports import TickRef
from app.models import InboxUpdate
from app.repositories.ingest import inbox
from drills.redis_faults import SETTINGS, refusing
from tests.builders import NOW, fetch, make_bot, make_chat, make_update
from tests.servers import running
from tests.waiting import slowness, wait_until

RECOVERY_S = 4.0
"""People's first answer is due within 5 s of a broker's recovery; a second of it is the model's and delivery's."""

TRIES = 3
"""Attempts to connect during each refusal, so that the waits between them have grown."""


@pytest.fixture
def node(environment, worker, broker, committed_db, tmp_path):
    """A node as `chorus up` starts it, and its log."""
    described = describe_node("io", shards=8, number=os.getpid())
    log = tmp_path / "worker.log"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**environment, **described.environment, "PYTHONPATH": os.getcwd()}.items():
            patch.setenv(name, value)
        with running(described.argv, log, ready=lambda: " ready." in log.read_text(), stop=signal.SIGTERM) as process:
            yield process, log


def hand_over(broker, message):
    """Lets a worker take a message from a server whose memory is full from then on: it cannot note that it has it."""
    broker.config_set("maxmemory", 0)
    with broker.pipeline() as pipe:
        pipe.lpush("maintenance", message).config_set("maxmemory", 1).execute()


def refused(broker):
    """How many probes the server has refused: a worker sends one at each attempt to connect."""
    return broker.info("commandstats")["cmdstat_set"]["rejected_calls"]


@pytest.mark.stack
def test_a_worker_outlives_every_refusal_says_it_once_and_works_soon_after_it(node, worker, broker, committed_db):
    process, log = node
    sessions = create_session_factory(committed_db)
    bot = make_bot(sessions)
    chat = make_chat(sessions, bot)

    worker.runtime.queue.publish_ticks([TickRef(bot.id, NOW, shard=3)], expires_s=600)
    message = broker.lindex("ticks.3", 0)

    def lines(*words):
        return sum(all(word in line for word in words) for line in log.read_text().splitlines())

    for number, kind in enumerate(SETTINGS, start=1):
        with capture_logs() as told:
            with refusing(broker, kind):
                if kind == "OOM":
                    hand_over(broker, message)
                wait_until(lambda kind=kind: lines("redis_unusable", "server=broker", kind), what=f"{kind} in the log")
                with sessions.begin() as session:
                    said = make_update(number, chat, number, "hello", date=int(time.time()))
                    inbox.store(session, bot.id, [said], worker.runtime.clock.now(), 3)
                for _ in range(3):
                    worker.runtime.queue.nudge_delivery()
                tries = refused(broker) + TRIES
                wait_until(lambda tries=tries: refused(broker) >= tries, what="the worker trying again")
            back = time.monotonic()

            def heard(number=number):
                worker.runtime.queue.nudge_ingest()
                return len(fetch(sessions, select(InboxUpdate.id).where(InboxUpdate.done_at.is_not(None)))) == number

            wait_until(heard, what=f"an update after {kind}")
            wait_until(
                lambda number=number: lines("redis_usable", "server=broker") == number, what="its end in the log"
            )
        took = time.monotonic() - back
        assert took < RECOVERY_S * slowness(), f"{kind}: {took:.1f} s"
        assert [line["reason"] for line in told if line["event"] == "redis_unusable"] == [kind]
        assert lines("redis_unusable", f"reason={kind}") == 1
        assert process.poll() is None
    told = log.read_text()
    assert "In Celery 5.1" not in told
    assert "Unrecoverable" not in told
    assert "Traceback" not in told, told
