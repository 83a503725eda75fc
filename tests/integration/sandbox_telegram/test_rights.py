"""Who may write in a chat: plain members, restricted ones, administrators; after a restart as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sandbox_telegram.harness import ManualClock, Sandbox, running_sandbox

BOT = 100001
REFUSED = (400, "Bad Request: not enough rights to send text messages to the chat")


def rank(sandbox: Sandbox, chat_id: int, status: str) -> None:
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": BOT, "status": status})


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def test_a_restricted_bot_hears_and_may_not_write_until_that_is_lifted(sandbox: Sandbox, chat_id: int) -> None:
    rank(sandbox, chat_id, "restricted")
    sandbox.say(chat_id, "still heard")

    assert sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="x") == REFUSED
    assert sandbox.texts(BOT) == ["still heard"]
    rank(sandbox, chat_id, "member")
    assert sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="x")["text"] == "x"


def test_a_restriction_is_told_to_the_bot_without_a_service_message(sandbox: Sandbox, chat_id: int) -> None:
    rank(sandbox, chat_id, "restricted")
    [update] = sandbox.drain(BOT)
    member = update["my_chat_member"]["new_chat_member"]

    assert (member["status"], member["is_member"], member["can_send_messages"]) == ("restricted", True, False)


def test_where_members_may_not_write_only_administrators_do(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.control("POST", f"/chats/{chat_id}/permissions", {"can_send_messages": False})

    assert sandbox.result(BOT, "getChat", chat_id=chat_id)["permissions"]["can_send_messages"] is False
    assert sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="x") == REFUSED
    rank(sandbox, chat_id, "administrator")
    assert sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="x")["text"] == "x"


def test_rights_come_back_after_a_restart(tmp_path: Path) -> None:
    journal = tmp_path / "telegram.jsonl"
    with running_sandbox(journal, ManualClock()) as sandbox:
        sandbox.add_bot(BOT)
        restricted, closed = sandbox.add_chat(BOT), sandbox.add_chat(BOT)
        rank(sandbox, restricted, "restricted")
        sandbox.control("POST", f"/chats/{closed}/permissions", {"can_send_messages": False})
    with running_sandbox(journal, ManualClock()) as sandbox:
        for chat in (restricted, closed):
            assert sandbox.error(BOT, "sendMessage", chat_id=chat, text="x") == REFUSED
