"""The door in front of every view, CSRF, and the headers of every response."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.web.access.guard import OPEN_ENDPOINTS
from tests.web.conftest import Browser


def paths(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and an example path of every route that takes `method`."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint not in {"static", "bootstrap.static"}:
            yield rule.endpoint, example(rule)


def example(rule: Rule) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<int:{name}>", "1")
    return path


def test_every_page_but_the_named_ones_asks_to_sign_in(app: Flask, client: FlaskClient) -> None:
    checked = 0
    for endpoint, path in paths(app, "GET"):
        answer = client.get(path)
        if endpoint not in OPEN_ENDPOINTS:
            assert answer.status_code in {302, 401}, path
            assert answer.status_code == 401 or answer.location.startswith("/sign-in"), path
            checked += 1
    assert checked > 20


def test_18_every_change_without_a_csrf_token_is_refused(app: Flask, operator: Browser) -> None:
    checked = 0
    for _, path in paths(app, "POST"):
        answer = operator.client.post(path, data={})
        assert answer.status_code == 400, path
        assert "csrf_token" in answer.text or "form has expired" in answer.text
        checked += 1
    assert checked > 15


def test_18_a_csrf_token_of_another_session_is_refused(app: Flask, operator: Browser) -> None:
    foreign = Browser(app.test_client()).token()

    answer = operator.client.post("/settings/kill-switch", data={"csrf_token": foreign, "paused": "on"})

    assert answer.status_code == 400


def test_18_nothing_that_only_changes_answers_to_get(app: Flask, operator: Browser) -> None:
    for path in ("/sign-out", "/settings/kill-switch", "/bots/1/pause", "/chats/1/enable"):
        answer = operator.get(path)
        assert answer.status_code == 405
        assert "cannot be used that way" in answer.text


def test_a_viewer_sees_everything_and_changes_nothing(
    app: Flask, browser: Browser, make_operator: Callable[..., None]
) -> None:
    make_operator("vera", "viewer")
    browser.sign_in("vera")
    token = browser.token("/")

    assert browser.get("/bots/").status_code == 200
    for endpoint, path in paths(app, "POST"):
        if endpoint.startswith("auth."):
            continue
        answer = browser.client.post(path, data={"csrf_token": token})
        assert answer.status_code == 403, path
    assert "Stop all" not in browser.get("/").text


def test_19_20_every_response_has_the_headers_errors_too(app: Flask, operator: Browser) -> None:
    looked_at = {path for _, path in paths(app, "GET") if path != "/events"}
    for path in sorted(looked_at | {"/nowhere", "/bots/999999", "/static/css/app.css", "/static/nothing.css"}):
        answer = operator.get(path)
        headers = answer.headers
        answer.close()
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "'nonce-"):
            assert part in policy, path
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        if not path.startswith("/static/"):
            assert headers["Cache-Control"] == "no-store", path


def test_19_the_nonce_is_new_in_every_response_and_stands_on_every_script(operator: Browser) -> None:
    first, second = operator.get("/"), operator.get("/")

    for page in (first, second):
        nonce = page.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
        assert page.text.count("<script") == page.text.count(f'nonce="{nonce}"')
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]


def test_no_page_loads_anything_from_elsewhere_or_handles_events_inline(operator: Browser) -> None:
    for path in ("/", "/bots/new", "/chats/", "/settings/", "/sign-in"):
        page = operator.get(path).text
        for mark in ('src="http', 'href="http', " onclick=", " onchange=", ' style="'):
            assert mark not in page, (path, mark)


@pytest.mark.parametrize("path", ["/nowhere", "/bots/77", "/chats/77/live", "/api/v1/bots/77"])
def test_what_is_not_there_is_a_404_in_the_products_look(operator: Browser, path: str) -> None:
    answer = operator.get(path)

    assert answer.status_code == 404
    if path.startswith("/api"):
        assert answer.json["error"]["message"]
    else:
        assert "There is nothing here" in answer.text
    assert "Traceback" not in answer.text
