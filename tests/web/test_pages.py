"""What an operator does in the admin, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from app.bootstrap import Runtime
from app.repositories.fleet import bot_problems
from app.services import fleet
from app.services.fleet import NewChat
from app.services.settings.values import load_settings
from tests.web.conftest import CHAT, PERSONA, Browser
from tests.web.fakes import FakeTelegram, token_of


@pytest.fixture
def token(telegram: FakeTelegram) -> str:
    return telegram.add_bot(700001, "ada_bot", "Ada")


def test_a_bot_is_taken_on_from_the_page(operator: Browser, token: str) -> None:
    answer = operator.submit("/bots/new", token=token, **PERSONA)

    assert answer.location == "/bots/1"
    page = operator.get("/bots/1").text
    assert "@ada_bot is in the fleet." in page
    assert "dry, curious" in page
    assert 'class="bot-badge"' in page
    assert token not in page
    assert "Ada" in operator.get("/bots/?q=ada").text
    assert "No bot matches" in operator.get("/bots/?q=nobody").text


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"token": ""}, "Bot token is empty"),
        ({"token": "hello"}, "Bot token is malformed"),
        ({"token": token_of(999999)}, "Bot token Telegram does not know this token"),
        ({"tone": "  "}, "Tone is empty"),
        ({"timezone": "Mars/Olympus"}, "is not a time zone"),
        ({"words_per_minute": "5"}, "Typing speed must lie between 20 and 600"),
        ({"words_per_minute": "fast"}, "Not a valid integer"),
        ({"active": "25:99-26:00"}, "Active hours &#39;25:99-26:00&#39; holds a time that no clock shows"),
        ({"prime": "noon"}, "Prime hours &#39;noon&#39; is not a window of hours; write it as 09:00-17:30"),
        ({"energy": "lots"}, "Not a valid float value"),
        ({"empathy": "2"}, "Empathy must lie between 0 and 1"),
        ({"short": "0", "medium": "0", "long": "0"}, "one of short, medium and long needs a weight above 0"),
    ],
)
def test_a_bad_field_of_a_new_bot_is_named_and_the_rest_is_kept(
    operator: Browser, token: str, changes: dict[str, Any], wanted: str
) -> None:
    values = {"token": token, **PERSONA, **changes}

    answer = operator.submit("/bots/new", **values)

    assert answer.status_code == 400
    assert wanted in answer.text
    assert "birds" in answer.text
    assert token not in answer.text


def test_a_bot_in_privacy_mode_says_how_to_leave_it(operator: Browser, telegram: FakeTelegram) -> None:
    private = telegram.add_bot(700002, "bob_bot", "Bob", privacy=True)

    operator.submit("/bots/new", token=private, **PERSONA)

    assert "/setprivacy" in operator.get("/bots/1").text
    telegram.add_bot(700002, "bob_bot", "Bob")
    operator.submit("/bots/1/recheck", form="/bots/1")
    assert "/setprivacy" not in operator.get("/bots/1").text


def test_a_bot_whose_token_another_program_polls_says_so_on_every_page_and_in_the_api(
    operator: Browser, runtime: Runtime, token: str
) -> None:
    operator.submit("/bots/new", token=token, **PERSONA)
    with runtime.sessions.begin() as session:
        bot_problems.see(session, 1, "other_poller", runtime.clock.now())

    page = operator.get("/bots/1").text
    assert "Another program polls this token since" in page
    assert "stop that program, or get a new token" in page
    assert "polled elsewhere" in operator.get("/bots/").text
    for path in ("/api/v1/bots/1", "/api/v1/bots"):
        shown = operator.get(path).json
        bot = shown["items"][0] if "items" in shown else shown
        assert bot["problem"]["kind"] == "other_poller"
        assert bot["problem"]["words"].startswith("Another program polls this token since")
    runtime.cache.flushall()
    assert "chorus_bot_problems 1.0" in operator.get("/metrics").text


def test_persona_stances_and_holdings_are_edited(operator: Browser, token: str) -> None:
    operator.submit("/bots/new", token=token, **PERSONA)

    operator.submit("/bots/1/persona", **{**PERSONA, "tone": "warm and slow"})
    operator.submit(
        "/bots/1/stances",
        **{"stances-0-topic": "tea", "stances-0-position": "in favour", "stances-0-confidence": "0,9"},
    )
    operator.submit("/bots/1/holdings", **{"holdings-0-symbol": "btc", "holdings-0-quantity": "0.25"})

    page = operator.get("/bots/1").text
    for wanted in ("warm and slow", "tea", "in favour", "BTC", "0.25", "fictional"):
        assert wanted in page


@pytest.mark.parametrize(
    ("path", "values", "wanted"),
    [
        ("/bots/1/stances", {"stances-0-topic": "tea"}, "Stances each needs a topic and a position"),
        (
            "/bots/1/stances",
            {"stances-0-topic": "tea", "stances-0-position": "x", "stances-0-confidence": "2"},
            "0 and 1",
        ),
        ("/bots/1/holdings", {"holdings-0-symbol": "BTC", "holdings-0-quantity": "lots"}, "is not a number"),
        ("/bots/1/holdings", {"holdings-0-symbol": "BTC", "holdings-0-quantity": "NaN"}, "is not a number"),
    ],
)
def test_a_bad_row_is_named(operator: Browser, token: str, path: str, values: dict[str, str], wanted: str) -> None:
    operator.submit("/bots/new", token=token, **PERSONA)

    answer = operator.submit(path, **values)

    assert answer.status_code == 400
    assert wanted in answer.text


def test_a_bot_is_paused_with_a_reason_and_resumed(operator: Browser, token: str) -> None:
    operator.submit("/bots/new", token=token, **PERSONA)

    operator.submit("/bots/1/pause", form="/bots/1", reason="too chatty")
    assert "too chatty" in operator.get("/bots/?status=paused").text
    operator.submit("/bots/1/resume", form="/bots/1")

    assert "too chatty" not in operator.get("/bots/").text


@pytest.mark.parametrize(
    ("chat_id", "wanted"),
    [
        ("my group", "Chat id is malformed"),
        ("-4567", "convert it to a supergroup"),
        ("12345", "is a person or a bot"),
    ],
)
def test_a_chat_id_that_cannot_be_says_what_to_do(operator: Browser, chat_id: str, wanted: str) -> None:
    answer = operator.submit("/chats/new", telegram_chat_id=chat_id, title="Birds", language="en")

    assert answer.status_code == 400
    assert wanted in answer.text


def test_a_chat_is_added_enabled_and_given_members(operator: Browser, token: str, telegram: FakeTelegram) -> None:
    operator.submit("/bots/new", token=token, **PERSONA)
    telegram.add_chat(CHAT, "Bird watchers", members=(token,))

    assert operator.submit("/chats/new", telegram_chat_id=str(CHAT), language="en", bot_ids="1").location == "/chats/1"
    page = operator.get("/chats/1").text
    assert "Bird watchers" in page
    assert "until you enable" in page
    operator.submit("/chats/1/enable", form="/chats/1")
    assert "until you enable" not in operator.get("/chats/1").text
    operator.submit("/chats/1/members/1/remove", form="/chats/1")
    assert "No bot here yet" in operator.get("/chats/1").text
    operator.submit("/chats/1/members", form="/chats/1", bot_id="@ADA_bot")
    assert "@ada_bot" in operator.get("/chats/1").text


def test_an_unknown_bot_cannot_be_added(operator: Browser, runtime: Runtime) -> None:
    fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, NewChat(CHAT, "Birds"))

    for bot_id in ("", "x", "77"):
        operator.submit("/chats/1/members", form="/", bot_id=bot_id)
        assert "Not added" in operator.get("/chats/1").text


def test_settings_are_changed_and_a_bad_one_keeps_what_was_typed(operator: Browser, runtime: Runtime) -> None:
    assert operator.submit("/settings/", cooldown_s="7").status_code == 302
    assert load_settings(runtime.sessions).cooldown_s == 7
    assert "by deniz" in operator.get("/settings/").text

    answer = operator.submit("/settings/", cooldown_s="8", max_words="many")

    assert answer.status_code == 400
    assert "Max words must be" in answer.text
    assert 'value="many"' in answer.text
    assert load_settings(runtime.sessions).cooldown_s == 7


def test_the_kill_switch_stops_the_fleet_and_every_page_says_so(operator: Browser, runtime: Runtime) -> None:
    answer = operator.submit("/settings/kill-switch", form="/", paused="on", next="/bots/")

    assert answer.location == "/bots/"
    assert load_settings(runtime.sessions).fleet_paused
    assert "Fleet stopped" in operator.get("/chats/").text
    operator.submit("/settings/kill-switch", form="/", paused="off", next="https://evil.example")
    assert "Fleet running" in operator.get("/chats/").text


def test_every_page_is_useful_when_empty(operator: Browser) -> None:
    for path, wanted in (
        ("/", "Nothing was said yet"),
        ("/bots/", "Take on the first bot"),
        ("/chats/", "Add the first chat"),
        ("/chats/new", "There are no bots yet"),
    ):
        assert wanted in operator.get(path).text


def test_a_page_that_no_list_gave_is_refused_by_name(operator: Browser) -> None:
    answer = operator.get("/bots/?after=abc")

    assert answer.status_code == 400
    assert "after must be the id" in answer.text


def test_lists_of_words_are_settings_too(operator: Browser, runtime: Runtime) -> None:
    typed = {"blocked_words": "frog coin\nmoon shot, ape", "allowed_hosts": "example.org"}
    assert operator.submit("/settings/", **typed).status_code == 302
    settings = runtime.fleet_settings.read()
    assert settings.blocked_words == ("frog coin", "moon shot", "ape")
    assert settings.allowed_hosts == ("example.org",)
    page = operator.get("/settings/").text
    assert "frog coin\nmoon shot\nape</textarea>" in page
    refused = operator.submit("/settings/", blocked_words="x" * 101)
    assert refused.status_code == 400
    assert "at most 500 entries" in refused.text
    assert operator.submit("/settings/", blocked_words="").status_code == 302
    assert runtime.fleet_settings.read().blocked_words == ()
