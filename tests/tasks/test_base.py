"""An outage puts a task off; an error of the program is told in full."""

from __future__ import annotations

import pytest
import redis
from prometheus_client import REGISTRY
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from app import queues
from app.db import create_db_engine, create_session_factory
from app.services.schedule import sweeping


def postpone() -> float:
    return REGISTRY.get_sample_value("chorus_tasks_postponed_total", {"task": queues.TASK_SWEEP}) or 0.0


def run_sweep(worker, monkeypatch, body):
    monkeypatch.setattr(sweeping, "sweep", body)
    return worker.app.tasks[queues.TASK_SWEEP].apply(throw=True)


def ask_postgres(*args):
    engine = create_db_engine("postgresql://chorus:secret@127.0.0.1:1/chorus")
    with create_session_factory(engine)() as session:
        session.connection()


def ask_redis(*args):
    redis.Redis(port=1, socket_connect_timeout=1).ping()


@pytest.mark.parametrize("away", [ask_postgres, ask_redis])
def test_without_its_servers_a_task_ends_with_one_line_and_is_counted(worker, monkeypatch, away):
    before = postpone()
    with capture_logs() as logs:
        assert run_sweep(worker, monkeypatch, away).successful()
    assert postpone() == before + 1
    [line] = [line for line in logs if line["event"] == "task_postponed"]
    assert line["task"] == queues.TASK_SWEEP
    assert "refused" in line["error"]
    assert "\n" not in line["error"]
    assert "secret" not in line["error"]


def test_a_mistake_of_the_program_is_not_hidden(worker, monkeypatch):
    def broken(*args):
        create_engine("postgresql+nothing://")

    before = postpone()
    with pytest.raises(Exception, match="nothing"):
        run_sweep(worker, monkeypatch, broken)
    assert postpone() == before
