"""Faults on demand, over HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.integration.sandbox_telegram.harness import Sandbox

BOT, OTHER = 100001, 100002


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def send(sandbox: Sandbox, chat_id: int) -> dict[str, Any]:
    return sandbox.call(BOT, "sendMessage", chat_id=chat_id, text="x")


def said(sandbox: Sandbox, chat_id: int) -> int:
    return sum("text" in message for message in sandbox.messages(chat_id))


@pytest.mark.parametrize(
    ("kind", "settings", "code", "description"),
    [
        ("status", {"status": 502}, 502, "Bad Gateway"),
        ("status", {}, 500, "Internal Server Error"),
        ("forbidden", {}, 403, "Forbidden: bot was kicked from the supergroup chat"),
        ("unauthorized", {}, 401, "Unauthorized"),
        ("flood", {"retry_after": 7}, 429, "Too Many Requests: retry after 7"),
    ],
)
def test_a_fault_refuses_the_call_once(
    sandbox: Sandbox, chat_id: int, kind: str, settings: dict[str, int], code: int, description: str
) -> None:
    sandbox.fault(kind, count=1, **settings)
    body = send(sandbox, chat_id)
    assert (body["error_code"], body["description"]) == (code, description)
    sandbox.clock.advance(7)
    assert send(sandbox, chat_id)["ok"]
    assert said(sandbox, chat_id) == 1
    refused = sandbox.calls("sendMessage")[0]
    assert (refused["fault"], refused["accepted"], refused["status"]) == (kind, False, code)


def test_after_a_flood_answer_the_wait_is_in_force(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("flood", count=1, retry_after=9)
    send(sandbox, chat_id)
    sandbox.clock.advance(5)
    assert send(sandbox, chat_id)["parameters"] == {"retry_after": 4}


def test_a_drop_before_acceptance_says_nothing(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("drop_before", count=1)
    with pytest.raises(httpx.TransportError):
        send(sandbox, chat_id)
    assert said(sandbox, chat_id) == 0
    (call,) = sandbox.calls("sendMessage")
    assert (call["accepted"], call["status"], call["fault"]) == (False, None, "drop_before")


def test_a_drop_after_acceptance_says_it_without_an_answer(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("drop_after", count=1)
    assert sandbox.call(BOT, "getMe")["ok"]
    with pytest.raises(httpx.TransportError):
        send(sandbox, chat_id)
    assert said(sandbox, chat_id) == 1
    (call,) = sandbox.calls("sendMessage")
    assert (call["accepted"], call["status"], call["fault"]) == (True, None, "drop_after")
    assert call["message_id"] == sandbox.messages(chat_id)[-1]["message_id"]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_status_after_acceptance_says_it_and_answers_as_if_it_had_failed(
    sandbox: Sandbox, chat_id: int, status: int
) -> None:
    sandbox.fault("status_after", status=status, count=1)
    assert sandbox.call(BOT, "getMe")["ok"]
    answer = send(sandbox, chat_id)
    assert (answer["ok"], answer["error_code"]) == (False, status)
    assert said(sandbox, chat_id) == 1
    (call,) = sandbox.calls("sendMessage")
    assert (call["accepted"], call["status"], call["fault"]) == (True, status, "status_after")
    assert call["message_id"] == sandbox.messages(chat_id)[-1]["message_id"]


def test_latency_delays_the_answer(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("latency", method="getme", seconds=0.3, count=1)
    started = time.monotonic()
    sandbox.call(BOT, "getMe")
    assert time.monotonic() - started >= 0.3


def test_a_client_that_gives_up_on_a_late_answer_has_still_spoken(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("latency", method="sendMessage", seconds=1.0, count=1, after=True)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.api.post(sandbox_path(), json={"chat_id": chat_id, "text": "x"}, timeout=0.2)
    assert said(sandbox, chat_id) == 1


def sandbox_path() -> str:
    return f"/bot{BOT}:{'A' * 35}/sendMessage"


def test_a_migrate_fault_migrates_a_group_in_the_middle(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    group = sandbox.add_chat(BOT, kind="group")
    sandbox.fault("migrate", chat_id=group, count=1)
    new_id = send(sandbox, group)["parameters"]["migrate_to_chat_id"]
    assert send(sandbox, new_id)["ok"]


def test_scopes_keep_a_fault_from_others(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.add_bot(OTHER)
    elsewhere = sandbox.add_chat(BOT)
    sandbox.fault("status", bot_id=BOT, chat_id=chat_id, method="sendMessage")
    assert sandbox.call(OTHER, "getMe")["ok"]
    assert sandbox.call(BOT, "getChat", chat_id=chat_id)["ok"]
    assert send(sandbox, elsewhere)["ok"]
    assert send(sandbox, chat_id)["error_code"] == 500


def test_a_fault_ends_with_its_time(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("status", for_s=60)
    assert send(sandbox, chat_id)["error_code"] == 500
    sandbox.clock.advance(61)
    assert send(sandbox, chat_id)["ok"]
    assert sandbox.control("GET", "/faults") == {"faults": []}


def test_faults_are_listed_with_their_hits_and_lifted(sandbox: Sandbox, chat_id: int) -> None:
    first = sandbox.fault("status", method="getMe")
    sandbox.fault("latency", seconds=0.01)
    sandbox.call(BOT, "getMe")
    listed = sandbox.control("GET", "/faults")["faults"]
    assert [(fault["kind"], fault["hits"]) for fault in listed] == [("status", 1), ("latency", 1)]
    assert sandbox.control("DELETE", f"/faults/{first}") == {"lifted": 1}
    assert sandbox.call(BOT, "getMe")["ok"]
    assert sandbox.control("DELETE", "/faults") == {"lifted": 1}


def test_confirmed_updates_can_come_again_once(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.fault("duplicate_updates")
    sandbox.say(chat_id, "x")
    (update,) = sandbox.poll(BOT)
    assert sandbox.poll(BOT, offset=update["update_id"] + 1) == [update]
    assert sandbox.poll(BOT, offset=update["update_id"] + 1) == []


def test_updates_can_come_out_of_order(sandbox: Sandbox, chat_id: int) -> None:
    for text in "ab":
        sandbox.say(chat_id, text)
    sandbox.fault("reorder_updates", count=1)
    assert [update["message"]["text"] for update in sandbox.poll(BOT)] == ["b", "a"]
    assert [update["message"]["text"] for update in sandbox.poll(BOT)] == ["a", "b"]
