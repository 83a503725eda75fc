"""Probes, metrics, and pages while a server is away."""

from __future__ import annotations

import re
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.bootstrap import build_runtime
from app.config import Settings
from app.web import create_app
from drills.redis_faults import SETTINGS, refusing
from tests.web.conftest import Browser

NOWHERE = "redis://:s3cret@127.0.0.1:9/0"


def test_healthz_asks_no_server(settings: Settings) -> None:
    away = build_runtime(settings.model_copy(update={"database_url": "postgresql://u:s3cret@127.0.0.1:9/x"}))

    assert create_app(away).test_client().get("/healthz").json == {"status": "ok"}


def test_readyz_is_ready_when_all_three_answer(client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"status": "ready"}


@pytest.mark.parametrize(
    ("field", "url", "name"),
    [
        ("database_url", "postgresql://u:s3cret@127.0.0.1:9/x", "postgres"),
        ("broker_url", NOWHERE, "broker"),
        ("cache_url", NOWHERE, "cache"),
    ],
)
def test_readyz_names_the_server_that_is_away_and_nothing_more(
    settings: Settings, committed_db: Engine, field: str, url: str, name: str
) -> None:
    app = create_app(build_runtime(settings.model_copy(update={field: url})))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "missing": [name]}


@pytest.mark.parametrize("attribute", ["", "?target_session_attrs=any"])
def test_a_postgres_that_can_only_be_read_is_named_by_probe_page_and_metrics(
    settings: Settings, operator: Browser, read_only_url: str, attribute: str, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = settings.model_copy(update={"database_url": f"{read_only_url}{attribute}"})
    runtime = build_runtime(settings)
    client = create_app(runtime).test_client()
    cookie = operator.client.get_cookie("chorus")
    assert cookie
    client.set_cookie("chorus", cookie.value)

    ready, page, body = client.get("/readyz"), client.get("/"), client.get("/metrics").text
    runtime.engine.dispose()

    assert (ready.status_code, ready.json) == (503, {"status": "not ready", "missing": ["database: read-only"]})
    assert re.search(r"server_not_ready .*read-only", capfd.readouterr().err)
    assert "chorus_postgres_read_only 1.0" in body
    assert ("Postgres can only be read" in page.text) == (not attribute)
    assert "Traceback" not in page.text


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize("name", ["broker", "cache"])
def test_readyz_and_metrics_tell_a_redis_that_answers_and_refuses_writes(
    client: FlaskClient, broker: redis.Redis, cache: redis.Redis, name: str, kind: str
) -> None:
    with refusing({"broker": broker, "cache": cache}[name], kind):
        answer, metrics = client.get("/readyz"), client.get("/metrics").text

    assert (answer.status_code, answer.json["missing"]) == (503, [name])
    [problem] = answer.json["problems"]
    assert problem.startswith(f"{name}: refuses writes ({kind} ")
    assert f'chorus_redis_writable{{server="{name}"}} 0.0' in metrics
    assert client.get("/readyz").json == {"status": "ready"}
    assert 'chorus_redis_writable{server="cache"} 1.0' in client.get("/metrics").text


def test_a_page_without_postgres_says_so_without_a_traceback(settings: Settings, operator: Browser) -> None:
    away = create_app(
        build_runtime(settings.model_copy(update={"database_url": "postgresql://u:s3cret@127.0.0.1:9/x"}))
    ).test_client()
    cookie = operator.client.get_cookie("chorus")
    assert cookie
    away.set_cookie("chorus", cookie.value)

    page, api = away.get("/"), away.get("/api/v1/bots")

    assert (page.status_code, api.status_code) == (503, 503)
    assert "Postgres does not answer" in page.text
    assert api.json["error"]["field"] == "postgres"
    for text in (page.text, api.text):
        assert "s3cret" not in text
        assert "Traceback" not in text


def test_an_error_nobody_foresaw_shows_no_traceback(app: Flask, operator: Browser) -> None:
    def explode() -> Any:
        raise RuntimeError("token 700001:SECRET")

    app.view_functions["dashboard.index"] = explode

    answer = operator.get("/")

    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "SECRET" not in answer.text


def test_metrics_need_no_session_and_name_no_bot_and_no_chat(operator: Browser, app: Flask) -> None:
    operator.get("/bots/")

    body = app.test_client().get("/metrics").text

    for wanted in (
        'chorus_utterances{state="sent"} 0.0',
        "chorus_mentions_pending 0.0",
        "chorus_overdue_tick_seconds 0.0",
        "chorus_overview_up 1.0",
        "chorus_postgres_read_only 0.0",
        'endpoint="bots.index"',
    ):
        assert wanted in body
    assert "bot_id" not in body
    assert "chat_id" not in body


def test_metrics_without_postgres_still_answer(settings: Settings) -> None:
    away = build_runtime(
        settings.model_copy(update={"database_url": "postgresql://u:p@127.0.0.1:9/x", "cache_url": NOWHERE})
    )

    body = create_app(away).test_client().get("/metrics").text

    assert "chorus_overview_up 0.0" in body
