"""Flood limits as a bot meets them over HTTP, by a clock the test moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox

BOT = 100001


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def send(sandbox: Sandbox, chat_id: int) -> dict[str, Any]:
    return sandbox.call(BOT, "sendMessage", chat_id=chat_id, text="x")


def test_a_burst_of_three_passes_and_the_fourth_waits(sandbox: Sandbox, chat_id: int) -> None:
    assert [send(sandbox, chat_id)["ok"] for _ in range(3)] == [True] * 3
    assert send(sandbox, chat_id) == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    sandbox.clock.advance(1)
    assert send(sandbox, chat_id)["ok"]
    assert sandbox.calls("sendMessage")[3]["retry_after"] == 1


def test_twenty_a_minute_in_a_group(sandbox: Sandbox, chat_id: int) -> None:
    for _ in range(20):
        assert send(sandbox, chat_id)["ok"]
        sandbox.clock.advance(1)
    assert send(sandbox, chat_id)["parameters"] == {"retry_after": 40}
    sandbox.clock.advance(40)
    assert send(sandbox, chat_id)["ok"]


def test_edits_count_as_messages(sandbox: Sandbox, chat_id: int) -> None:
    message_id = send(sandbox, chat_id)["result"]["message_id"]
    answers = [
        sandbox.call(BOT, "editMessageText", chat_id=chat_id, message_id=message_id, text=text) for text in "abc"
    ]
    assert [answer.get("error_code") for answer in answers] == [None, None, 429]


def test_thirty_a_second_over_all_chats_with_chat_actions(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    chats = [sandbox.add_chat(BOT) for _ in range(15)]
    for chat_id in chats:
        assert send(sandbox, chat_id)["ok"]
        assert sandbox.call(BOT, "sendChatAction", chat_id=chat_id, action="typing")["ok"]
    assert send(sandbox, chats[0])["error_code"] == 429
    assert sandbox.call(BOT, "sendChatAction", chat_id=chats[0], action="typing")["error_code"] == 429
    assert sandbox.call(BOT, "getChat", chat_id=chats[0])["ok"]
    sandbox.clock.advance(1)
    assert send(sandbox, chats[0])["ok"]


def test_ignoring_the_wait_doubles_it_and_at_last_bans(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("flood", bot_id=BOT, retry_after=30, count=1)
    assert send(sandbox, chat_id)["parameters"] == {"retry_after": 30}
    answers = []
    for _ in range(20):
        sandbox.clock.advance(1)
        answers.append(send(sandbox, chat_id))
    waits = [answer["parameters"]["retry_after"] for answer in answers[:-1]]
    assert waits[:6] == [29, 28, 27, 26, 60, 59]
    assert (answers[-1]["error_code"], answers[-1]["description"]) == (403, "Forbidden: bot was blocked")
    sandbox.clock.advance(10_000)
    assert send(sandbox, chat_id)["error_code"] == 403
    (ban,) = sandbox.events("ban")
    assert ban["bot_id"] == BOT
    assert sandbox.control("GET", "/bots")["bots"][0]["banned"] is True


def test_calls_already_on_their_way_are_no_violations(sandbox: Sandbox, chat_id: int) -> None:
    for _ in range(60):
        send(sandbox, chat_id)
    sandbox.clock.advance(1)
    assert send(sandbox, chat_id)["ok"]


def test_a_refused_text_does_not_use_up_the_limit(sandbox: Sandbox, chat_id: int) -> None:
    for _ in range(10):
        sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="")
    assert [send(sandbox, chat_id)["ok"] for _ in range(3)] == [True] * 3
