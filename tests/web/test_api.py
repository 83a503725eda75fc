"""The JSON API: the same services, errors that name the field."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.bootstrap import Runtime
from tests.builders import make_bot, make_chat
from tests.web.conftest import Browser
from tests.web.fakes import FakeTelegram, token_of

CHAT = -1001234567890


class Program:
    """A client of the API, signed in as an operator."""

    def __init__(self, browser: Browser) -> None:
        self.client = browser.client
        self.headers = {"X-CSRFToken": self.client.get("/api/v1/session").json["csrf_token"]}

    def post(self, path: str, body: Any) -> TestResponse:
        """One POST with the CSRF header."""
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)


@pytest.fixture
def program(operator: Browser) -> Program:
    return Program(operator)


@pytest.fixture
def token(telegram: FakeTelegram) -> str:
    return telegram.add_bot(700001, "ada_bot", "Ada")


def test_a_bot_is_taken_on_and_read_back(program: Program, token: str) -> None:
    body = {
        "token": token,
        "persona": {
            "tone": "dry",
            "active": ["8:30-17", "22:00-02:00"],
            "topics": ["birds"],
            "examples": ["Chirp, says the market."],
            "emotion": {"energy": 0.9, "emoji": ["🎉"]},
            "length": {"short": 1, "long": 3},
        },
        "stances": [{"topic": "tea", "position": "in favour", "confidence": 0.8}],
        "holdings": [{"symbol": "BTC", "quantity": "0.25"}],
    }

    answer = program.post("/bots", body)

    assert answer.status_code == 201
    assert token not in answer.text
    bot = program.client.get(answer.headers["Location"]).json
    assert bot["username"] == "ada_bot"
    persona = bot["persona"]
    assert persona["active"] == ["08:30-17:00", "22:00-02:00"]
    assert (persona["emotion"]["energy"], persona["emotion"]["empathy"], persona["emotion"]["emoji"]) == (
        0.9,
        0.5,
        ["🎉"],
    )
    assert persona["length"] == {"short": 1.0, "medium": 0.0, "long": 3.0}
    assert persona["examples"] == ["Chirp, says the market."]
    assert bot["stances"][0]["confidence"] == "0.80"
    assert bot["fictional_holdings"][0]["symbol"] == "BTC"
    listed = program.client.get("/api/v1/bots?q=ada").json
    assert [item["id"] for item in listed["items"]] == [bot["id"]]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"colour": "red"}, "colour"),
        ({"token": 7}, "token"),
        ({"token": "x", "persona": {"tone": "dry"}}, "token"),
        ({"token": token_of(999999), "persona": {"tone": "dry"}}, "token"),
        ({"token": token_of(700001), "persona": {}}, "tone"),
        ({"token": token_of(700001), "persona": []}, "persona"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "mood": 1}}, "mood"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "active": ["noon"]}}, "active"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "prime": ["09:00-25:00"]}}, "prime"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "emotion": {"joy": 1}}}, "emotion"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "emotion": {"energy": 1.5}}}, "energy"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "emotion": {"emoji": ["ha"]}}}, "emoji"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "length": {"short": 0}}}, "length"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "length": {"short": -1}}}, "length"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "words_per_minute": True}}, "words_per_minute"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "topics": "birds"}}, "topics"),
        ({"token": token_of(700001), "persona": {"tone": "dry", "examples": list("abcdef")}}, "examples"),
        ({"token": token_of(700001), "persona": {"tone": "dry"}, "stances": [{"topic": "a"}]}, "stances"),
        (
            {"token": token_of(700001), "persona": {"tone": "dry"}, "holdings": [{"symbol": "A", "quantity": "x"}]},
            "holdings",
        ),
        ({"token": token_of(700001), "persona": {"tone": "dry"}, "holdings": [{"symbol": "A"}]}, "holdings"),
    ],
)
def test_what_cannot_be_used_names_its_field(program: Program, token: str, body: Any, field: str) -> None:
    answer = program.post("/bots", body)

    assert answer.status_code == 400
    assert answer.json["error"]["field"] == field
    assert answer.json["error"]["message"]
    assert program.client.get("/api/v1/bots").json["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"telegram_chat_id": "birds", "title": "Birds"}, "telegram_chat_id"),
        ({"telegram_chat_id": -4567, "title": "Birds"}, "telegram_chat_id"),
        ({"telegram_chat_id": None, "title": "Birds"}, "telegram_chat_id"),
        ({"telegram_chat_id": CHAT}, "title"),
        ({"telegram_chat_id": CHAT, "title": "Birds", "bot_ids": ["x"]}, "bot_ids"),
        ({"telegram_chat_id": CHAT, "title": "Birds", "bot_ids": [5]}, "bot_ids"),
        ({"telegram_chat_id": CHAT, "title": "Birds", "language": "English"}, "language"),
    ],
)
def test_a_chat_that_cannot_be_names_its_field(program: Program, body: Any, field: str) -> None:
    answer = program.post("/chats", body)

    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)


def test_a_chat_is_made_known_and_read_back(program: Program) -> None:
    answer = program.post("/chats", {"telegram_chat_id": CHAT, "title": "Birds", "enabled": True})

    assert answer.status_code == 201
    chat = program.client.get(answer.headers["Location"]).json
    assert (chat["title"], chat["status"], chat["bots"]) == ("Birds", "enabled", [])
    assert program.client.get("/api/v1/chats?status=enabled").json["items"][0]["telegram_chat_id"] == CHAT


def test_a_list_longer_than_a_page_names_the_next_one(program: Program, telegram: FakeTelegram) -> None:
    for number in range(51):
        token = telegram.add_bot(700100 + number, f"b{number}_bot", f"B{number}")
        assert program.post("/bots", {"token": token, "persona": {"tone": "dry"}}).status_code == 201

    first = program.client.get("/api/v1/bots?status=active").json
    second = program.client.get(first["next"]).json

    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 1, None)


def test_a_change_without_the_csrf_header_is_refused_as_json(program: Program) -> None:
    answer = program.client.post("/api/v1/bots", json={})

    assert answer.status_code == 400
    assert answer.json["error"]["field"] == "csrf_token"


def test_without_a_session_the_answer_is_401_as_json(app: Any) -> None:
    answer = app.test_client().get("/api/v1/bots")

    assert answer.status_code == 401
    assert answer.json["error"]["message"] == "sign in first"


def test_overview_and_settings_are_readable(program: Program) -> None:
    assert program.client.get("/api/v1/overview").json["bots_active"] == 0
    assert program.client.get("/api/v1/settings").json["fleet_paused"] is False


def test_an_unknown_path_is_a_404_as_json(program: Program) -> None:
    answer = program.client.get("/api/v1/nowhere")

    assert (answer.status_code, answer.json["error"]["field"]) == (404, "path")


def test_a_bot_and_a_chat_are_found_by_name(operator: Browser, runtime: Runtime) -> None:
    made = [make_bot(runtime.sessions, "Ada") for _ in range(60)]
    chat = make_chat(runtime.sessions, title="Bird watchers")

    found = operator.get(f"/api/v1/bots/@{made[-1].username.upper()}").json
    assert found["id"] == made[-1].id
    assert operator.get(f"/bots/@{made[-1].username}").location == f"/bots/{made[-1].id}"
    assert operator.get("/api/v1/chats/bird watchers").json["id"] == chat.id
    assert operator.get(f"/chats/{chat.telegram_chat_id}").location == f"/chats/{chat.id}"

    several = operator.get("/api/v1/bots/Ada")
    assert several.status_code == 400
    assert several.json["error"]["field"] == "bot"
    nobody = operator.get("/api/v1/chats/bird wachers")
    assert nobody.status_code == 404
    assert "Did you mean" in nobody.json["error"]["message"]


@pytest.mark.parametrize("ids", [[False], [0], [-1], [2**63], [1.0], ["1"], "1", {"1": 1}, [None], [[1]]])
@pytest.mark.parametrize(
    ("path", "name", "rest"),
    [
        ("/api/v1/chats", "bot_ids", {"telegram_chat_id": CHAT, "title": "Birds"}),
        ("/api/v1/feeds", "chat_ids", {"url": "https://news.example/x.xml"}),
    ],
)
def test_what_is_no_list_of_ids_is_refused_by_every_body(
    operator: Browser, path: str, name: str, rest: dict[str, object], ids: object
) -> None:
    headers = {"X-CSRF-Token": operator.token("/bots/")}
    answer = operator.client.post(path, json={**rest, name: ids}, headers=headers)
    assert answer.status_code == 400
    assert answer.json["error"]["field"] == name
