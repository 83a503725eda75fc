"""A real worker whose broker or whose time is taken away while a task runs: the task's effect happens once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import redis
from sqlalchemy import Engine, select

from app.cli.stack.workers import describe_node
from app.db import SessionFactory, create_session_factory
from app.models import Utterance
from app.services.lanes.generation import INTERACTIVE
from tests.builders import fetch, make_bot, make_chat, make_utterance
from tests.servers import running, wait_until
from tests.tasks.slow_model import SlowModel, serve_slow_model


@dataclass
class BusyWorker:
    """A worker in the midst of a request to a model that does not answer yet."""

    process: subprocess.Popen[bytes]
    log: Path
    model: SlowModel
    sessions: SessionFactory

    def states(self) -> list[str]:
        """The states of all utterances."""
        return fetch(self.sessions, select(Utterance.state))

    def told(self, *words: str) -> int:
        """How many lines of its log hold all `words`."""
        return sum(all(word in line for word in words) for line in self.log.read_text().splitlines())


@pytest.fixture
def busy(
    environment: dict[str, str],
    worker: ModuleType,
    broker: redis.Redis,
    cache: redis.Redis,
    committed_db: Engine,
    tmp_path: Path,
) -> Iterator[BusyWorker]:
    """A node as `chorus up` starts it, with its pool, whose one plan is being asked for."""
    node = describe_node("io", shards=8, number=os.getpid())
    log, sessions = tmp_path / "worker.log", create_session_factory(committed_db)
    with serve_slow_model() as model, pytest.MonkeyPatch.context() as patch:
        extra = {"PYTHONPATH": os.getcwd(), "LLM_URL": model.url, "LLM_TIMEOUT_S": "60"}
        for name, value in {**environment, **node.environment, **extra}.items():
            patch.setenv(name, value)
        with running(node.argv, log, ready=lambda: " ready." in log.read_text(), stop=signal.SIGTERM) as process:
            bot = make_bot(sessions)
            make_utterance(sessions, bot, make_chat(sessions, bot), "planned", urgency="interactive")
            worker.runtime.queue.nudge_generation(INTERACTIVE)
            wait_until(lambda: model.asked == 1, within_s=20, what="the request")
            yield BusyWorker(process, log, model, sessions)


@pytest.mark.stack
def test_a_lost_connection_to_the_broker_lets_the_task_end_and_repeats_nothing(busy, worker, broker):
    broker.client_kill_filter(_type="normal", skipme=True)
    wait_until(lambda: busy.told("celery.worker.consumer", "onnection to broker lost"), within_s=20, what="the loss")
    wait_until(lambda: broker.llen("generation") == 0, within_s=20, what="the message to be taken again")
    worker.runtime.queue.nudge_generation(INTERACTIVE)
    wait_until(lambda: broker.llen("generation") == 0, within_s=20, what="another look at the lane")
    busy.model.answer.set()
    wait_until(lambda: busy.told(" ready utterance="), within_s=20, what="the text")
    busy.process.send_signal(signal.SIGTERM)
    busy.process.wait(20)
    told = busy.log.read_text()
    assert busy.told("Restoring 1 unacknowledged message") >= 1, "the message was not delivered a second time"
    assert (busy.model.asked, busy.told(" ready utterance=")) == (1, 1), told
    assert "NotImplementedError" not in told, told
    assert "Traceback" not in told, told


@pytest.mark.stack
def test_a_cold_shutdown_leaves_the_task_to_its_end_and_raises_nothing(busy):
    busy.process.send_signal(signal.SIGTERM)
    wait_until(lambda: busy.told("Initiating Soft Shutdown"), within_s=20, what="the soft shutdown")
    busy.process.send_signal(signal.SIGTERM)
    wait_until(lambda: busy.told("worker_says", "Waiting gracefully"), within_s=20, what="the cold shutdown")
    busy.model.answer.set()
    busy.process.wait(20)
    told = busy.log.read_text()
    assert busy.states() == ["ready"]
    assert "NotImplementedError" not in told, told
    assert "Traceback" not in told, told
    assert all(line[:4].isdigit() and line[26] == "Z" for line in told.splitlines()), told
