"""An outage puts a task off; an error of the program is told in full."""

from __future__ import annotations

import psycopg2
import pytest
import redis
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app import queues
from app.db import create_db_engine, create_session_factory
from app.logs import bound
from app.services.schedule import sweeping


def postpone() -> float:
    return REGISTRY.get_sample_value("chorus_tasks_postponed_total", {"task": queues.TASK_SWEEP}) or 0.0


def failed() -> float:
    return REGISTRY.get_sample_value("chorus_task_errors_total", {"task": queues.TASK_SWEEP}) or 0.0


def run_sweep(worker, monkeypatch, body):
    monkeypatch.setattr(sweeping, "sweep", body)
    return worker.app.tasks[queues.TASK_SWEEP].apply(throw=True)


def ask_postgres(*args):
    engine = create_db_engine("postgresql://chorus:secret@127.0.0.1:1/chorus")
    with create_session_factory(engine)() as session:
        session.connection()


def ask_redis(*args):
    redis.Redis.from_url("redis://127.0.0.1:1").ping()


@pytest.mark.parametrize("away", [ask_postgres, ask_redis])
def test_without_its_servers_a_task_ends_with_one_line_and_is_counted(worker, monkeypatch, away):
    before = postpone()
    with capture_logs(processors=[merge_contextvars]) as logs:
        assert run_sweep(worker, monkeypatch, away).successful()
    assert postpone() == before + 1
    [line] = [line for line in logs if line["event"] == "task_postponed"]
    assert line["task"] == queues.TASK_SWEEP
    assert "refused" in line["error"]
    assert "\n" not in line["error"]
    assert "secret" not in line["error"]


def fail_as_postgres(*args):
    error = psycopg2.errors.QueryCanceled("canceling statement due to statement timeout")
    raise OperationalError("delete from inbox_updates", {}, error)


def break_down(*args):
    with bound(bot=7, utterance=123):
        raise ZeroDivisionError("no way")


@pytest.mark.parametrize("body", [fail_as_postgres, break_down])
def test_an_error_is_told_in_full_counted_and_raised(worker, monkeypatch, body):
    before = failed(), postpone()
    with capture_logs(processors=[merge_contextvars]) as logs, pytest.raises((OperationalError, ZeroDivisionError)):
        run_sweep(worker, monkeypatch, body)
    assert (failed(), postpone()) == (before[0] + 1, before[1])
    [line] = [line for line in logs if line["event"] == "task_failed"]
    assert (line["task"], line["log_level"]) == (queues.TASK_SWEEP, "error")
    assert line["task_id"]
    assert isinstance(line["exc_info"], OperationalError | ZeroDivisionError)
    if body is break_down:
        assert (line["bot"], line["utterance"]) == (7, 123)


def test_what_one_task_bound_is_not_in_the_lines_of_the_next(worker, monkeypatch):
    log = structlog.get_logger()
    with capture_logs(processors=[merge_contextvars]) as logs:
        run_sweep(worker, monkeypatch, lambda *_: log.info("inside"))
        log.info("outside")
    inside, outside = logs
    assert inside["task"] == queues.TASK_SWEEP
    assert outside.keys() == {"event", "log_level"}


def test_a_mistake_of_the_program_is_not_hidden(worker, monkeypatch):
    def broken(*args):
        create_engine("postgresql+nothing://")

    before = postpone()
    with pytest.raises(Exception, match="nothing"):
        run_sweep(worker, monkeypatch, broken)
    assert postpone() == before
