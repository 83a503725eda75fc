"""The control API: what it makes, and how it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox, token_of

BOT = 100001
GOOD_BOT = {"token": token_of(BOT), "username": "some_bot", "first_name": "Some"}


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


def test_health(sandbox: Sandbox) -> None:
    assert sandbox.control("GET", "/health") == {"ok": True, "sandbox": "telegram"}


def test_bots_are_listed_without_tokens(sandbox: Sandbox, chat_id: int) -> None:
    (bot,) = sandbox.control("GET", "/bots")["bots"]
    assert (bot["id"], bot["revoked"], bot["pending_update_count"]) == (BOT, False, 0)
    assert token_of(BOT) not in str(bot)


def test_chats_are_listed_with_their_size(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.say(chat_id, "hello")
    (chat,) = sandbox.control("GET", "/chats")["chats"]
    assert (chat["id"], chat["members"], chat["bot_ids"]) == (chat_id, 2, [BOT])


def test_messages_are_paged_by_id(sandbox: Sandbox, chat_id: int) -> None:
    ids = [sandbox.say(chat_id, text) for text in "abc"]
    page = sandbox.control("GET", f"/chats/{chat_id}/messages", after=ids[0], limit=1)["messages"]
    assert [message["text"] for message in page] == ["b"]


def test_a_label_is_kept_in_the_journal_only(sandbox: Sandbox, chat_id: int) -> None:
    message_id = sandbox.say(chat_id, "hey", label=f"mention:{BOT}")
    (event,) = sandbox.events("person_message")
    assert (event["message_id"], event["label"], event["source"]) == (message_id, f"mention:{BOT}", "control")
    assert event["from_name"] == "Ada"
    assert "label" not in str(sandbox.messages(chat_id))


def test_the_same_name_is_the_same_person(sandbox: Sandbox, chat_id: int) -> None:
    for text in "ab":
        sandbox.say(chat_id, text)
    first, second = sandbox.messages(chat_id)[-2:]
    assert first["from"] == second["from"]
    person = sandbox.control("POST", "/people", {"first_name": "Bo", "username": "bo_the_builder"})
    sandbox.control("POST", f"/chats/{chat_id}/messages", {"from": person["id"], "text": "c"})
    assert sandbox.messages(chat_id)[-1]["from"]["username"] == "bo_the_builder"


def test_a_chat_keeps_the_id_it_is_given(sandbox: Sandbox) -> None:
    body = {"title": "Own", "id": -1001234567890}
    assert sandbox.control("POST", "/chats", body)["id"] == -1001234567890
    assert sandbox.control("POST", "/chats", {**body, "title": "New name"})["title"] == "New name"
    assert len(sandbox.control("GET", "/chats")["chats"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/bots", None, "body"),
        ("/bots", [1], "body"),
        ("/bots", {}, "token"),
        ("/bots", {**GOOD_BOT, "token": "123:short"}, "token"),
        ("/bots", {**GOOD_BOT, "username": "no spaces"}, "username"),
        ("/bots", {**GOOD_BOT, "nickname": "x"}, "nickname"),
        ("/people", {"first_name": ""}, "first_name"),
        ("/people", {"first_name": "x", "id": BOT}, "from"),
        ("/chats", {"title": "x", "type": "channel"}, "type"),
        ("/chats", {"title": "x", "id": 5}, "id"),
        ("/chats", {"title": "x", "id": -1001234567890, "type": "group"}, "id"),
        ("/chats/CHAT/members", {"user_id": 1}, "user_id"),
        ("/chats/CHAT/migrate", None, "chat_id"),
        ("/chats/CHAT/messages", {"text": "x"}, "from"),
        ("/chats/CHAT/messages", {"from": 1, "text": "x"}, "from"),
        ("/chats/CHAT/messages", {"from": BOT, "text": "x"}, "from"),
        ("/chats/CHAT/messages", {"from": {"first_name": "A"}, "text": " "}, "text"),
        ("/chats/CHAT/messages", {"from": {"first_name": "A"}, "text": "x" * 4097}, "text"),
        (
            "/chats/CHAT/messages",
            {"from": {"first_name": "A"}, "text": "x", "reply_to_message_id": 99},
            "reply_to_message_id",
        ),
        ("/faults", {"kind": "earthquake"}, "kind"),
        ("/faults", {"kind": "status", "status": 404}, "status"),
        ("/faults", {"kind": "status", "probability": 2}, "probability"),
        ("/faults", {"kind": "status", "after": True}, "after"),
        ("/faults", {"kind": "migrate", "chat_id": "CHAT"}, "chat_id"),
    ],
)
def test_bad_input_names_the_field(sandbox: Sandbox, chat_id: int, path: str, body: Any, field: str) -> None:
    if isinstance(body, dict) and body.get("chat_id") == "CHAT":
        body = {**body, "chat_id": chat_id}
    status, error = sandbox.refusal("POST", path.replace("CHAT", str(chat_id)), body)
    assert status == 400
    assert error.partition(":")[0] == field
    assert len(error.partition(":")[2]) > 8


def test_a_refused_token_is_not_repeated(sandbox: Sandbox) -> None:
    _status, error = sandbox.refusal("POST", "/bots", {**GOOD_BOT, "token": "1234567:my-secret"})
    assert "my-secret" not in error


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("POST", "/chats/-5/messages", 404),
        ("POST", "/chats/abc/messages", 400),
        ("GET", "/chats/-5/messages", 404),
        ("DELETE", "/bots/5", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/bots", 405),
    ],
)
def test_what_is_not_there_is_said_in_json(sandbox: Sandbox, verb: str, path: str, status: int) -> None:
    found, error = sandbox.refusal(verb, path, {})
    assert found == status
    assert ": " in error


def test_a_body_that_is_not_json_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.controls.post("/bots", content="{oops")
    assert (answer.status_code, answer.json()["error"].partition(":")[0]) == (400, "body")


def test_removing_needs_a_member_and_a_known_way(sandbox: Sandbox, chat_id: int) -> None:
    assert sandbox.refusal("DELETE", f"/chats/{chat_id}/members/77")[1].startswith("user_id: ")
    path = f"/chats/{chat_id}/members/{BOT}"
    assert sandbox.refusal("DELETE", path, None, **{"as": "fired"})[1].startswith("as: ")
