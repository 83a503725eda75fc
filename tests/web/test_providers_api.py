"""`/api/v1/providers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.bootstrap import Runtime
from app.services.providers import editing
from tests.integration.adapters.habits import answer, refuse
from tests.integration.adapters.scripted import ScriptedServer, running_server
from tests.web.conftest import Browser

PATH = "/api/v1/providers"
KEY = "sk-hush-hush"
OFFICE = {
    **{"name": "office", "model": "qwen3", "url": "http://127.0.0.1:9/v1", "key": KEY, "purposes": ["bulk"]},
    **{"requests_per_minute": 60, "economy": True, "price": {"prompt": 0.1, "answer": 0.4}},
}

Call = Callable[..., TestResponse]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as scripted:
        yield scripted


@pytest.fixture
def call(operator: Browser) -> Call:
    """Makes one request with the session's token; no answer to it holds a key."""
    headers = {"X-CSRFToken": operator.get("/api/v1/session").json["csrf_token"]}

    def send(method: str, path: str = "", **options: Any) -> TestResponse:
        found = operator.client.open(f"{PATH}{path}", method=method, headers=headers, **options)
        assert "hush" not in found.text
        assert "sk-test" not in found.text
        return found

    return send


def still(told: dict[str, Any]) -> dict[str, Any]:
    """A provider without what each look tells anew."""
    return {key: value for key, value in told.items() if key != "rests_s"}


def keys(runtime: Runtime) -> list[str | None]:
    """The keys of the list in force."""
    runtime.chains.listed.forget()
    return [one.key for one in runtime.chains.listed.read().providers]


def test_the_list_tells_where_it_comes_from_and_how_each_fares(call: Call) -> None:
    told = call("GET").json
    [one] = told["items"]
    assert (told["source"], one["id"], one["version"], one["state"], one["has_key"]) == (
        "environment",
        None,
        None,
        "new",
        True,
    )
    assert one["purposes"] == ["answers", "ambient", "bulk"]
    assert (one["price"], one["price_in_force"]["prompt"]) == (None, 0.15)
    assert call("POST", "/adopt").json["source"] == "own"
    assert call("DELETE").status_code == 204
    assert call("GET").json["source"] == "environment"


def test_a_provider_is_added_read_changed_moved_switched_and_removed(call: Call, runtime: Runtime) -> None:
    made = call("POST", json=OFFICE)
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix(PATH)
    assert (made.json["economy"], made.json["version"]) == (True, 1)
    assert made.json["price"] == {"prompt": 0.1, "cached": 0.1, "answer": 0.4}
    assert still(call("GET", path).json) == still(made.json)

    changed = call("PUT", path, json={"version": 1, "requests_per_minute": 70, "price": None}).json
    assert (changed["requests_per_minute"], changed["price"], changed["model"], changed["version"]) == (
        70,
        None,
        "qwen3",
        2,
    )
    assert keys(runtime)[-1] == KEY
    assert call("PUT", path, json={"version": 1}).status_code == 409
    assert call("PUT", path, json={"version": 2, "key": None}).json["has_key"] is False
    assert keys(runtime)[-1] is None

    assert call("POST", f"{path}/move", json={"steps": -1}).status_code == 204
    assert [one["name"] for one in call("GET").json["items"]] == ["office", "openai"]
    assert call("POST", f"{path}/disable").status_code == 204
    assert call("GET", path).json["state"] == "off"
    assert call("POST", f"{path}/enable").status_code == 204
    assert call("DELETE", path).status_code == 204
    assert call("GET", path).status_code == 404
    assert call("PUT", path, json={"version": 2}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": 7}, "name"),
        ({"name": ""}, "name"),
        ({"model": None}, "model"),
        ({"model": "qw\0en"}, "model"),
        ({"sdk": "anthropic"}, "sdk"),
        ({"url": 7}, "url"),
        ({"url": "gpu"}, "url"),
        ({"key": 7}, "key"),
        ({"key": "sk hush"}, "key"),
        ({"purposes": "bulk"}, "purposes"),
        ({"purposes": [7]}, "purposes"),
        ({"purposes": []}, "purposes"),
        ({"economy": "yes"}, "economy"),
        ({"enabled": 1}, "enabled"),
        ({"requests_per_minute": "60"}, "requests_per_minute"),
        ({"requests_per_minute": True}, "requests_per_minute"),
        ({"requests_per_minute": 1.5}, "requests_per_minute"),
        ({"tokens_per_day": 10**30}, "tokens_per_day"),
        ({"price": 0.1}, "price"),
        ({"price": {"prompt": 0.1}}, "price"),
        ({"price": {"prompt": 0.1, "answer": "1"}}, "price"),
        ({"price": {"prompt": 0.1, "answer": 1, "thoughts": 1}}, "price"),
        ({"price": {"prompt": -1, "answer": 1}}, "price"),
        ({"answer_format": []}, "answer_format"),
        ({"reasoning": "a bit"}, "reasoning"),
        ({"version": 1}, "version"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_used_names_its_field(
    call: Call, runtime: Runtime, changes: dict[str, object], field: str
) -> None:
    found = call("POST", json={**OFFICE, **changes})
    assert (found.status_code, found.json["error"]["field"]) == (400, field)
    assert list(editing.list_stored(runtime.sessions)) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "", {"model": "x"}, "version"),
        ("PUT", "", {"version": "1"}, "version"),
        ("POST", "/move", {}, "steps"),
        ("POST", "/move", {"steps": "up"}, "steps"),
        ("POST", "/move", {"steps": 2**63 - 1}, "steps"),
        ("POST", "/disable", None, "purposes"),
        ("DELETE", "", None, "purposes"),
    ],
)
def test_a_change_that_cannot_be_made_names_its_field(
    call: Call, method: str, path: str, body: object, field: str
) -> None:
    [main] = call("POST", "/adopt").json["items"]
    found = call(method, f"/{main['id']}{path}", json=body)
    assert (found.status_code, found.json["error"]["field"]) == (400, field)
    [now] = call("GET").json["items"]
    assert still(now) == still(main)


def test_a_test_tells_of_each_form(call: Call, server: ScriptedServer) -> None:
    server.decide = lambda body: refuse(400, "no tools here") if "tools" in body else answer(body)
    path = call("POST", json={**OFFICE, "url": f"{server.url}/v1"}).headers["Location"].removeprefix(PATH)
    forms = call("POST", f"{path}/test").json["forms"]
    assert {form: told["works"] for form, told in forms.items()} == {
        **{"json_schema": True, "tool": False},
        **{"json_object": True, "text": True},
    }
    assert forms["text"]["said"] == "héllo"
    assert "no tools here" in forms["tool"]["said"]
    named = call("POST", "/test", json={"name": "office", "model": "qwen3"}).json["forms"]
    assert named.keys() == forms.keys()
    assert call("POST", "/test", json={"name": "office", "model": 7}).status_code == 400
    assert call("POST", "/test", json={}).status_code == 404


def test_a_viewer_reads_and_changes_nothing(browser: Browser, make_operator, runtime: Runtime) -> None:
    make_operator("vera", "viewer")
    browser.sign_in("vera")
    told = browser.get(PATH)
    assert told.json["items"][0]["has_key"] is True
    assert "sk-test" not in told.text
    headers = {"X-CSRFToken": browser.get("/api/v1/session").json["csrf_token"]}
    for method, path in (("POST", ""), ("POST", "/adopt"), ("DELETE", ""), ("PUT", "/1"), ("POST", "/test")):
        found = browser.client.open(f"{PATH}{path}", method=method, headers=headers, json={})
        assert found.status_code == 403
    assert list(editing.list_stored(runtime.sessions)) == []
