"""Every line of a request names it, and its answer names it too; outages and errors are told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg2
import pytest
import redis
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from app.bootstrap import Runtime
from app.services.overview import overview
from app.web.context import HEADER
from tests.web.conftest import Browser


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    """Every line that is told, with what is bound."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs


def test_the_lines_of_a_request_tell_its_id_what_was_asked_and_by_whom(
    operator: Browser, lines: list[EventDict]
) -> None:
    answer = operator.submit("/settings/", max_words="12")
    [line] = [line for line in lines if line["event"] == "settings_changed"]
    assert line["http_request"] == answer.headers[HEADER]
    assert (line["method"], line["endpoint"], line["username"]) == ("POST", "settings.index", "deniz")
    assert isinstance(line["user"], int)


def test_every_answer_has_an_id_of_its_own_whatever_the_client_sends(browser: Browser) -> None:
    ids = [browser.get(path, headers={HEADER: "forged"}).headers[HEADER] for path in ("/healthz", "/", "/nowhere")]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_a_form_that_is_refused_before_any_page_has_its_id_too(browser: Browser) -> None:
    answer = browser.client.post("/sign-in", data={"username": "x"})
    assert answer.status_code == 400
    assert answer.headers[HEADER]


def test_nothing_stays_bound_when_a_request_is_over(operator: Browser) -> None:
    operator.get("/")
    assert get_contextvars() == {}


def broken(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


AWAY = OperationalError(None, None, psycopg2.OperationalError("connection refused"))
SLOW = OperationalError("select 1", {}, psycopg2.OperationalError("canceling statement due to statement timeout"))


@pytest.mark.parametrize(
    ("error", "status", "event"),
    [
        (AWAY, 503, "server_away"),
        (redis.ConnectionError("refused"), 503, "server_away"),
        (SLOW, 500, "request_failed"),
        (redis.ResponseError("WRONGTYPE"), 500, "request_failed"),
        (ZeroDivisionError("no"), 500, "request_failed"),
    ],
)
def test_only_an_outage_is_told_as_one(
    operator: Browser,
    lines: list[EventDict],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    event: str,
) -> None:
    monkeypatch.setattr(overview, "read_counters", broken(error))
    answer = operator.get("/")
    assert answer.status_code == status
    [line] = [line for line in lines if line["event"] == event]
    assert line["http_request"] == answer.headers[HEADER]
    assert ("exc_info" in line) == (status == 500)


def test_gauges_that_cannot_be_read_for_an_error_are_told_with_its_traceback(
    browser: Browser, lines: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "read_counters", broken(SLOW))
    assert "chorus_overview_up 0.0" in browser.get("/metrics").text
    [line] = [line for line in lines if line["event"] == "gauges_unreadable"]
    assert line["exc_info"] is SLOW


def test_a_statement_that_takes_too_long_is_no_outage_of_postgres(
    operator: Browser, app: Flask, runtime: Runtime, lines: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(*_: object) -> None:
        with runtime.sessions() as session:
            session.execute(text("set local statement_timeout = 1"))
            session.execute(text("select pg_sleep(5)"))

    monkeypatch.setattr(overview, "read_counters", sleep)
    page = operator.get("/")
    assert page.status_code == 500
    assert "Postgres does not answer" not in page.text
    assert [line["event"] for line in lines] == ["request_failed"]
