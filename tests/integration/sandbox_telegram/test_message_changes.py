"""Bot API methods that change a message or react to it: edits, deletions, reactions."""

from __future__ import annotations

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox

BOT, OTHER = 100001, 100002


def test_a_bot_edits_its_own_message(sandbox: Sandbox, chat_id: int) -> None:
    sent = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="old")
    where = {"chat_id": chat_id, "message_id": sent["message_id"]}
    edited = sandbox.result(BOT, "editMessageText", **where, text="new")
    assert (edited["text"], edited["message_id"]) == ("new", sent["message_id"])
    assert "edit_date" in edited
    assert sandbox.messages(chat_id)[-1]["text"] == "new"
    code, error = sandbox.error(BOT, "editMessageText", **where, text="new")
    assert (code, error.partition(":")[2][:24]) == (400, " message is not modified")


def test_other_peoples_messages_can_be_neither_edited_nor_deleted(sandbox: Sandbox, chat_id: int) -> None:
    where = {"chat_id": chat_id, "message_id": sandbox.say(chat_id, "mine")}
    assert sandbox.error(BOT, "editMessageText", **where, text="x") == (400, "Bad Request: message can't be edited")
    assert sandbox.error(BOT, "deleteMessage", **where) == (400, "Bad Request: message can't be deleted")


@pytest.mark.parametrize(
    ("method", "purpose"),
    [("editMessageText", "edit"), ("deleteMessage", "delete"), ("setMessageReaction", "react")],
)
def test_a_message_that_is_not_there(sandbox: Sandbox, chat_id: int, method: str, purpose: str) -> None:
    error = sandbox.error(BOT, method, chat_id=chat_id, message_id=99, text="x")
    assert error == (400, f"Bad Request: message to {purpose} not found")


def test_a_deleted_message_is_gone(sandbox: Sandbox, chat_id: int) -> None:
    sent = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="oops")
    assert sandbox.result(BOT, "deleteMessage", chat_id=chat_id, message_id=sent["message_id"]) is True
    assert sent["message_id"] not in [message["message_id"] for message in sandbox.messages(chat_id)]


def test_a_chat_action_must_be_a_known_one(sandbox: Sandbox, chat_id: int) -> None:
    assert sandbox.result(BOT, "sendChatAction", chat_id=chat_id, action="typing") is True
    error = sandbox.error(BOT, "sendChatAction", chat_id=chat_id, action="dancing")
    assert error == (400, "Bad Request: wrong parameter action in request")


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👨‍💻"])
def test_an_allowed_reaction_is_taken(sandbox: Sandbox, chat_id: int, emoji: str) -> None:
    where = {"chat_id": chat_id, "message_id": sandbox.say(chat_id, "nice")}
    assert sandbox.result(BOT, "setMessageReaction", **where, reaction=[{"type": "emoji", "emoji": emoji}]) is True
    assert sandbox.result(BOT, "setMessageReaction", **where, reaction=[]) is True


@pytest.mark.parametrize("reaction", [{"type": "emoji", "emoji": "🥕"}, {"type": "paid"}])
def test_other_reactions_are_invalid(sandbox: Sandbox, chat_id: int, reaction: dict[str, str]) -> None:
    where = {"chat_id": chat_id, "message_id": sandbox.say(chat_id, "nice")}
    error = sandbox.error(BOT, "setMessageReaction", **where, reaction=[reaction])
    assert error == (400, "Bad Request: REACTION_INVALID")
