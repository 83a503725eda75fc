"""Bot API methods and their errors, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.sandbox_telegram.harness import Sandbox, token_of

BOT, OTHER = 100001, 100002


@pytest.mark.parametrize("path", ["/", "control"])
def test_both_ports_say_that_this_is_not_telegram(sandbox: Sandbox, path: str) -> None:
    client = sandbox.controls if path == "control" else sandbox.api
    assert "it is not Telegram" in client.get("/").text


def test_get_me_tells_about_the_bot_and_its_privacy_mode(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT, reads_all=False)
    me = sandbox.result(BOT, "getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (BOT, True, "bot100001_bot")
    assert me["can_read_all_group_messages"] is False


def test_an_unknown_token_is_unauthorized(sandbox: Sandbox) -> None:
    answer = sandbox.api.get(f"/bot{token_of(555555)}/getMe")
    assert (answer.status_code, answer.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )


def test_a_revoked_token_is_unauthorized_and_a_new_one_works(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    sandbox.control("DELETE", f"/bots/{BOT}")
    assert sandbox.error(BOT, "getMe") == (401, "Unauthorized")
    sandbox.add_bot(BOT, token=token_of(BOT, "B"))
    assert sandbox.error(BOT, "getMe") == (401, "Unauthorized")
    assert sandbox.api.get(f"/bot{token_of(BOT, 'B')}/getMe").status_code == 200


@pytest.mark.parametrize("path", ["sendPigeon", "getMe/extra", ""])
def test_an_unknown_method_is_not_found(sandbox: Sandbox, path: str) -> None:
    sandbox.add_bot(BOT)
    answer = sandbox.api.get(f"/bot{token_of(BOT)}/{path}")
    assert (answer.status_code, answer.json()["description"]) == (404, "Not Found")


def test_method_names_do_not_mind_case(sandbox: Sandbox) -> None:
    assert sandbox.result(sandbox.add_bot(BOT), "GETME")["id"] == BOT


@pytest.mark.parametrize("way", ["query", "json", "form", "multipart"])
def test_parameters_arrive_in_every_form(sandbox: Sandbox, chat_id: int, way: str) -> None:
    url, params = f"/bot{token_of(BOT)}/sendMessage", {"chat_id": str(chat_id), "text": "merhaba dünya"}
    answer = {
        "query": lambda: sandbox.api.get(url, params=params),
        "json": lambda: sandbox.api.post(url, json=params),
        "form": lambda: sandbox.api.post(url, data=params),
        "multipart": lambda: sandbox.api.post(url, files={name: (None, value) for name, value in params.items()}),
    }[way]()
    assert answer.json()["result"]["text"] == "merhaba dünya"


@pytest.mark.parametrize("body", ["{", "[1]", '"x"'])
def test_a_body_that_is_no_object_is_a_bad_request(sandbox: Sandbox, body: str) -> None:
    sandbox.add_bot(BOT)
    answer = sandbox.api.post(f"/bot{token_of(BOT)}/getMe", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["description"].startswith("Bad Request: request body")


def test_a_sent_message_has_the_real_shape_and_stays_in_the_chat(sandbox: Sandbox, chat_id: int) -> None:
    message = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="  $BTC with @someone /help  ")
    assert message["from"] == {"id": BOT, "is_bot": True, "first_name": "Bot 100001", "username": "bot100001_bot"}
    assert message["chat"] == {"id": chat_id, "title": "Room", "type": "supergroup"}
    assert message["date"] == int(sandbox.clock.now)
    assert message["text"] == "$BTC with @someone /help"
    assert [entity["type"] for entity in message["entities"]] == ["cashtag", "mention", "bot_command"]
    assert sandbox.messages(chat_id)[-1] == message


def test_message_ids_count_per_supergroup(sandbox: Sandbox, chat_id: int) -> None:
    other = sandbox.add_chat(BOT)
    first = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="a")["message_id"]
    assert sandbox.result(BOT, "sendMessage", chat_id=other, text="a")["message_id"] == first
    assert sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="b")["message_id"] == first + 1


def test_message_ids_of_basic_groups_are_shared(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    chats = [sandbox.add_chat(BOT, kind="group") for _ in range(2)]
    ids = [sandbox.result(BOT, "sendMessage", chat_id=chat, text="a")["message_id"] for chat in chats]
    assert ids[1] == ids[0] + 1


def test_html_becomes_text_and_entities(sandbox: Sandbox, chat_id: int) -> None:
    ada = sandbox.control("POST", "/people", {"first_name": "Ada"})["id"]
    text = f'<b>Hi</b> <a href="tg://user?id={ada}">Ada</a> &lt;3'
    message = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text=text, parse_mode="HTML")
    assert message["text"] == "Hi Ada <3"
    assert message["entities"] == [
        {"type": "bold", "offset": 0, "length": 2},
        {
            "type": "text_mention",
            "offset": 3,
            "length": 3,
            "user": {"id": ada, "is_bot": False, "first_name": "Ada"},
        },
    ]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"text": ""}, "Bad Request: message text is empty"),
        ({}, "Bad Request: message text is empty"),
        ({"text": " \n "}, "Bad Request: message text is empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "Bad Request: message to be replied not found"),
        ({"text": "x", "reply_to_message_id": 999}, "Bad Request: message to be replied not found"),
        ({"text": "x", "message_thread_id": 7}, "Bad Request: message thread not found"),
        ({"text": "x", "reply_parameters": "{"}, "Bad Request: can't parse reply parameters JSON object"),
        ({"text": "x", "chat_id": "@nowhere"}, "Bad Request: chat not found"),
        ({"text": "x", "chat_id": -5}, "Bad Request: chat not found"),
    ],
)
def test_send_message_refuses(sandbox: Sandbox, chat_id: int, params: dict[str, Any], error: str) -> None:
    before = len(sandbox.messages(chat_id))
    assert sandbox.error(BOT, "sendMessage", **{"chat_id": chat_id, **params}) == (400, error)
    assert len(sandbox.messages(chat_id)) == before


def test_strings_without_utf8_are_refused(sandbox: Sandbox, chat_id: int) -> None:
    answer = sandbox.api.post(
        f"/bot{token_of(BOT)}/sendMessage",
        content=json.dumps({"chat_id": chat_id, "text": "\ud83d"}),
        headers={"Content-Type": "application/json"},
    )
    assert answer.json()["description"] == "Bad Request: strings must be encoded in UTF-8"


def test_the_longest_text_passes(sandbox: Sandbox, chat_id: int) -> None:
    assert sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="😀" * 2048)


@pytest.mark.parametrize("as_string", [False, True])
def test_a_reply_carries_the_message_it_answers(sandbox: Sandbox, chat_id: int, as_string: bool) -> None:
    asked = sandbox.say(chat_id, "why?")
    reply: Any = {"message_id": asked}
    reply = json.dumps(reply) if as_string else reply
    answer = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="so", reply_parameters=reply)
    assert (answer["reply_to_message"]["message_id"], answer["reply_to_message"]["text"]) == (asked, "why?")


def test_a_reply_to_nothing_can_be_allowed(sandbox: Sandbox, chat_id: int) -> None:
    reply = {"message_id": 999, "allow_sending_without_reply": True}
    message = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="x", reply_parameters=reply)
    assert "reply_to_message" not in message


def test_a_message_can_go_to_a_topic_people_opened(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.say(chat_id, "in the topic", message_thread_id=7)
    message = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="x", message_thread_id=7)
    assert (message["message_thread_id"], message["is_topic_message"]) == (7, True)


def test_who_is_not_a_member_may_not_write(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.add_bot(OTHER)
    assert sandbox.error(OTHER, "sendMessage", chat_id=chat_id, text="x") == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )


def test_who_was_kicked_may_not_write(sandbox: Sandbox, chat_id: int) -> None:
    sandbox.control("DELETE", f"/chats/{chat_id}/members/{BOT}", **{"as": "kicked"})
    kicked = (403, "Forbidden: bot was kicked from the supergroup chat")
    assert sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="x") == kicked
    assert sandbox.error(BOT, "getChat", chat_id=chat_id) == kicked


def test_a_migrated_group_names_its_supergroup(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    group = sandbox.add_chat(BOT, kind="group")
    supergroup = sandbox.control("POST", f"/chats/{group}/migrate")["id"]
    assert sandbox.call(BOT, "sendMessage", chat_id=group, text="x") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": supergroup},
    }
    assert sandbox.result(BOT, "sendMessage", chat_id=supergroup, text="x")["chat"]["id"] == supergroup


def test_getters_describe_chat_and_members(sandbox: Sandbox, chat_id: int) -> None:
    ada = sandbox.control("POST", "/people", {"first_name": "Ada"})["id"]
    assert sandbox.result(BOT, "getChatMember", chat_id=chat_id, user_id=ada)["status"] == "left"
    sandbox.control("POST", f"/chats/{chat_id}/members", {"user_id": ada, "status": "administrator"})
    assert sandbox.result(BOT, "getChatMember", chat_id=chat_id, user_id=BOT)["status"] == "member"
    admins = sandbox.result(BOT, "getChatAdministrators", chat_id=chat_id)
    assert [admin["user"]["id"] for admin in admins] == [ada]
    assert sandbox.result(BOT, "getChatMemberCount", chat_id=chat_id) == 2
    chat = sandbox.result(BOT, "getChat", chat_id=str(chat_id))
    assert (chat["id"], chat["type"], chat["permissions"]["can_send_messages"]) == (chat_id, "supergroup", True)
    assert sandbox.error(BOT, "getChatMember", chat_id=chat_id, user_id=1)[0] == 400


def test_a_bot_that_left_is_no_member(sandbox: Sandbox, chat_id: int) -> None:
    assert sandbox.result(BOT, "leaveChat", chat_id=chat_id) is True
    assert sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="x")[0] == 403
    (update,) = sandbox.poll(BOT)
    assert update["my_chat_member"]["new_chat_member"]["status"] == "left"


def test_commands_are_kept_by_scope(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    commands, scope = [{"command": "about", "description": "Who runs me"}], {"type": "all_group_chats"}
    assert sandbox.result(BOT, "setMyCommands", commands=commands, scope=scope) is True
    assert sandbox.result(BOT, "getMyCommands", scope=scope) == commands
    assert sandbox.result(BOT, "getMyCommands") == []
    wrong = [{"command": "About Me", "description": "x"}]
    assert sandbox.error(BOT, "setMyCommands", commands=wrong) == (400, "Bad Request: BOT_COMMAND_INVALID")


def test_small_methods_answer(sandbox: Sandbox) -> None:
    sandbox.add_bot(BOT)
    assert sandbox.result(BOT, "getMyName") == {"name": "Bot 100001"}
    assert sandbox.result(BOT, "logOut") is True
    assert sandbox.result(BOT, "close") is True


def test_the_journal_tells_of_calls_and_holds_no_token(sandbox: Sandbox, chat_id: int) -> None:
    sent = sandbox.result(BOT, "sendMessage", chat_id=chat_id, text="hello")
    sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="")
    good, bad = sandbox.calls("sendMessage")
    assert (good["bot_id"], good["chat_id"], good["message_id"]) == (BOT, chat_id, sent["message_id"])
    assert (good["accepted"], good["status"], good["params"]["text"]) == (True, 200, "hello")
    assert (bad["accepted"], bad["status"], bad["error"]) == (False, 400, "Bad Request: message text is empty")
    assert "A" * 35 not in sandbox.journal.read_text()
