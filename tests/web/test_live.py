"""What happens now: server-sent events, and speaking as a person in a sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.adapters.sandbox_control import SandboxControl, person_id
from app.bootstrap import Runtime
from app.domain.errors import InvalidInput, Unreachable
from app.services import fleet
from app.services.access import users
from app.services.fleet import NewChat
from app.services.settings.values import write_settings
from app.web.conversation import stream
from tests.web.conftest import Browser

CHAT = -1001234567890


@contextmanager
def events_of(browser: Browser) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events of an open page, by name and data."""
    answer: TestResponse = browser.get("/events")
    assert answer.status_code == 200
    assert answer.mimetype == "text/event-stream"
    yield parse(answer.iter_encoded())
    answer.close()


def parse(chunks: Iterator[bytes]) -> Iterator[tuple[str, Any]]:
    for chunk in chunks:
        lines = chunk.decode().splitlines()
        if lines[0].startswith("event: "):
            yield lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))


def test_an_open_page_gets_counters_and_events(operator: Browser, runtime: Runtime) -> None:
    with events_of(operator) as events:
        name, counters = next(events)
        assert name == "counters"
        assert counters["bots_active"] == 0
        assert counters["fleet_paused"] is False
        runtime.events.publish("message", chat_id=7)

        assert ("activity", {"kind": "message", "chat_id": 7}) in (next(events), next(events))


def test_counters_follow_the_kill_switch(operator: Browser, runtime: Runtime) -> None:
    with events_of(operator) as events:
        next(events)
        write_settings(runtime.sessions, {"fleet_paused": "on"}, "deniz", runtime.clock)
        seen = [next(events)[1]["fleet_paused"] for _ in range(3)]
    assert seen[-1] is True


def test_the_stream_ends_when_the_session_does(
    operator: Browser, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY_S", 0.0)
    with events_of(operator) as events:
        next(events)
        users.set_user_active(runtime.sessions, "deniz", active=False)

        rest = list(events)
    assert rest[-1] == ("ended", {})


def test_pages_beyond_the_limit_are_told_to_poll_and_a_closed_one_makes_room(operator: Browser) -> None:
    open_pages = [operator.get("/events") for _ in range(stream.MAX_STREAMS)]

    refused = operator.get("/events")
    assert refused.status_code == 503
    assert refused.json["error"]["message"] == "too many open pages; polling works"
    assert operator.get("/events/counters").json["bots_active"] == 0
    open_pages.pop().close()
    again = operator.get("/events")

    assert again.status_code == 200
    for page in (*open_pages, again):
        page.close()


def test_asking_for_the_headers_alone_takes_no_place(operator: Browser) -> None:
    for _ in range(stream.MAX_STREAMS + 1):
        assert operator.client.head("/events").status_code == 200

    page = operator.get("/events")
    assert page.status_code == 200
    page.close()


def test_counters_are_counted_once_a_second_for_all_viewers(operator: Browser, runtime: Runtime) -> None:
    operator.get("/events/counters")

    assert runtime.cache.get("overview:counters")
    assert 0 < runtime.cache.pttl("overview:counters") <= 1000


class TalkingSandbox:
    """Remembers what was said, or refuses as it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str, str, int | None]] = []
        self.error: Exception | None = None

    def speak(self, telegram_chat_id: int, name: str, text: str, reply_to: int | None = None) -> int:
        """Answers with message id 41."""
        if self.error:
            raise self.error
        self.said.append((telegram_chat_id, name, text, reply_to))
        return 41


@pytest.fixture
def sandbox_control(runtime: Runtime) -> TalkingSandbox:
    fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, NewChat(CHAT, "Birds"))
    sandbox_control = TalkingSandbox()
    runtime.sandbox_control = sandbox_control  # type: ignore[assignment]
    return sandbox_control


def test_an_operator_speaks_as_a_person_in_the_sandbox(operator: Browser, sandbox_control: TalkingSandbox) -> None:
    page = operator.get("/chats/1/live").text
    assert "Sandbox:" in page
    assert "Speak as a person" in page

    answer = operator.submit("/chats/1/live/speak", form="/chats/1/live", name="Maya", text="Hello", reply_to="5")

    assert answer.status_code == 302
    assert sandbox_control.said == [(CHAT, "Maya", "Hello", 5)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "", "text": "Hello"}, "name"),
        ({"name": "Maya", "text": "  "}, "text"),
        ({"name": "Maya", "text": "x" * 4097}, "text"),
        ({"name": "Maya", "text": "🙂" * 2049}, "text"),
        ({"name": "Maya", "text": "Hello", "reply_to": "x"}, "reply_to"),
    ],
)
def test_what_a_person_cannot_say_names_its_field(
    operator: Browser, sandbox_control: TalkingSandbox, values: dict[str, str], field: str
) -> None:
    token = operator.token("/chats/1/live")

    answer = operator.client.post(
        "/chats/1/live/speak", data={"csrf_token": token, **values}, headers={"Accept": "application/json"}
    )

    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)
    assert sandbox_control.said == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(InvalidInput("text", "the sandbox refused it"), 400), (Unreachable("The Telegram sandbox does not answer"), 502)],
)
def test_a_sandbox_that_refuses_or_is_away_is_said(
    operator: Browser, sandbox_control: TalkingSandbox, error: Exception, status: int
) -> None:
    sandbox_control.error = error
    token = operator.token("/chats/1/live")

    answer = operator.client.post(
        "/chats/1/live/speak",
        data={"csrf_token": token, "name": "Maya", "text": "Hello"},
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == status
    assert "sandbox" in answer.json["error"]["message"]


def test_on_the_real_telegram_nobody_speaks_as_a_person(operator: Browser, runtime: Runtime) -> None:
    fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, NewChat(CHAT, "Birds"))

    page = operator.get("/chats/1/live").text
    assert "Sandbox" not in page
    assert "Speak as a person" not in page
    assert operator.submit("/chats/1/live/speak", form="/", name="Maya", text="Hello").status_code == 404


def test_a_sandbox_that_is_away_is_said_to_be() -> None:
    with pytest.raises(Unreachable, match="SANDBOX_CONTROL_URL"):
        SandboxControl("http://127.0.0.1:9").speak(CHAT, "Maya", "Hello")


def test_the_same_name_is_the_same_person() -> None:
    assert person_id("Maya") == person_id("Maya") != person_id("Jonas")


def test_the_live_view_of_an_app_without_messages_is_useful(app: Flask, operator: Browser, runtime: Runtime) -> None:
    fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, NewChat(CHAT, "Birds"))

    assert "It is quiet here" in operator.get("/chats/1/live").text
