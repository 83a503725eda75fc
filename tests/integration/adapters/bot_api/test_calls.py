"""What the calls send, and what becomes of answers that come late, broken or never."""

from __future__ import annotations

import logging
import socket
import traceback

import pytest

from app.adapters.telegram import bot_api
from app.adapters.telegram.bot_api import BotApi
from app.domain.errors import (
    AnotherAccount,
    NotConnected,
    OutcomeUnknown,
    ServerError,
    TelegramError,
)
from app.domain.ports import BotIdentity, ChatInfo, MemberInfo
from tests.integration.adapters.bot_api.answers import TOKEN, ok, refusal, send
from tests.integration.adapters.scripted import DROP, HANG, Reply


def test_a_message_is_posted_once_and_its_id_comes_back(server, api):
    server.answer(ok({"message_id": 77}))
    assert api.send_message(TOKEN, -1001, "1 < 2 & 😀", reply_to=5, thread_id=9) == 77
    assert server.requests == [
        (
            f"/bot{TOKEN}/sendMessage",
            {
                "chat_id": -1001,
                "text": "1 &lt; 2 &amp; 😀",
                "parse_mode": "HTML",
                "reply_parameters": {"message_id": 5, "allow_sending_without_reply": True},
                "message_thread_id": 9,
            },
        )
    ]


def test_typing_is_shown_in_the_chat(server, api):
    server.answer(ok(True))
    api.send_typing(TOKEN, -1001)
    assert server.requests == [(f"/bot{TOKEN}/sendChatAction", {"chat_id": -1001, "action": "typing"})]


def test_who_a_token_belongs_to_and_what_a_chat_is_called(server, api):
    user = {
        "id": 7654321098,
        "is_bot": True,
        "first_name": "Ada",
        "username": "ada_bot",
        "can_read_all_group_messages": True,
    }
    server.answer(ok(user), ok({"id": -1001, "type": "supergroup", "title": "Markets"}))
    assert api.get_me(TOKEN) == BotIdentity(7654321098, "ada_bot", "Ada", True)
    assert api.get_chat(TOKEN, -1001) == ChatInfo(-1001, "Markets", "supergroup")


def test_an_answer_about_another_bot_than_the_tokens_is_refused(server, api):
    server.answer(ok({"id": 7, "is_bot": True, "first_name": "Mallory", "username": "mallory_bot"}))
    with pytest.raises(AnotherAccount, match=r"another bot \(number 7\) than the token's \(number 7654321098\)"):
        api.get_me(TOKEN)


def test_whether_members_may_write_is_part_of_what_a_chat_is(server, api):
    chat = {"id": -1001, "type": "supergroup", "title": "Markets", "permissions": {"can_send_messages": False}}
    server.answer(ok(chat))
    assert api.get_chat(TOKEN, -1001) == ChatInfo(-1001, "Markets", "supergroup", members_may_send=False)


@pytest.mark.parametrize(
    ("member", "wanted"),
    [
        ({"status": "member"}, MemberInfo("member", True)),
        ({"status": "administrator"}, MemberInfo("administrator", True)),
        ({"status": "restricted", "can_send_messages": True}, MemberInfo("restricted", True)),
        ({"status": "restricted", "can_send_messages": False}, MemberInfo("restricted", False)),
        ({"status": "left"}, MemberInfo("left", False)),
        ({"status": "kicked"}, MemberInfo("kicked", False)),
    ],
)
def test_a_bots_own_place_in_a_chat_says_whether_it_may_write(server, api, member, wanted):
    server.answer(ok(member))
    assert api.get_chat_member(TOKEN, -1001, 7) == wanted
    assert server.requests == [(f"/bot{TOKEN}/getChatMember", {"chat_id": -1001, "user_id": 7})]


def test_calls_that_may_be_repeated_say_so_after_a_5xx(server, api):
    server.answer(refusal(502), Reply(502, b"<html>"))
    for _ in range(2):
        with pytest.raises(ServerError):
            api.set_reaction(TOKEN, -1001, 5, "👍")


def test_a_reaction_is_set_on_its_message(server, api):
    server.answer(ok(True))
    api.set_reaction(TOKEN, -1001, 5, "❤\ufe0f")
    assert server.requests == [
        (
            f"/bot{TOKEN}/setMessageReaction",
            {"chat_id": -1001, "message_id": 5, "reaction": [{"type": "emoji", "emoji": "❤"}]},
        )
    ]


def test_calls_go_through_the_proxy(server):
    server.answer(ok({"message_id": 3}))
    assert send(BotApi("http://bot-api.invalid", proxy=server.url)) == 3
    [(path, _)] = server.requests
    assert path.endswith(f"/bot{TOKEN}/sendMessage")


@pytest.mark.parametrize("base", ["http://bot-api.invalid", "https://bot-api.invalid"])
def test_a_proxy_that_is_away_took_nothing(base):
    with pytest.raises(NotConnected):
        send(BotApi(base, proxy="http://127.0.0.1:1"))


def test_a_proxy_that_refuses_the_tunnel_took_nothing(server):
    with pytest.raises(NotConnected):
        send(BotApi("https://bot-api.invalid", proxy=server.url))


def test_nobody_listens_so_nothing_was_sent():
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
        with pytest.raises(NotConnected):
            send(BotApi(f"http://127.0.0.1:{port}"))


def test_a_name_that_does_not_resolve_sent_nothing():
    with pytest.raises(NotConnected):
        send(BotApi("http://nowhere.invalid"))


@pytest.mark.parametrize(
    "reply", [DROP, HANG, Reply(200, b"<html>hotel login</html>"), ok(True), ok({}), ok(None), ok({"message_id": True})]
)
def test_what_telegram_may_have_taken_is_unknown(server, api, monkeypatch, reply):
    monkeypatch.setattr(bot_api, "READ_TIMEOUT_S", 0.2)
    server.answer(reply)
    with pytest.raises(OutcomeUnknown):
        send(api)
    assert len(server.requests) == 1


@pytest.mark.parametrize("result", [None, True, [], {}, {"id": 5}])
def test_an_answer_about_something_else_is_a_server_error(server, api, result):
    server.answer(ok(result))
    for ask in (lambda: api.get_me(TOKEN), lambda: api.get_chat(TOKEN, -1001)):
        with pytest.raises(ServerError):
            ask()


@pytest.mark.parametrize("reply", [refusal(401, "Unauthorized"), refusal(500), DROP, HANG, Reply(502, b"x"), None])
def test_the_token_is_in_no_error_and_in_no_log(server, monkeypatch, caplog, reply):
    monkeypatch.setattr(bot_api, "READ_TIMEOUT_S", 0.2)
    caplog.set_level(logging.INFO)
    server.answer(reply or Reply())
    with pytest.raises(TelegramError) as error:
        send(BotApi(server.url if reply else "http://127.0.0.1:1"))
    told = "".join(traceback.format_exception(error.value, chain=True)) + repr(error.value) + caplog.text
    assert "AAH9xyz" not in told


def test_a_connection_that_the_server_closed_while_idle_costs_no_message(server, api):
    server.answer(Reply(200, {"ok": True, "result": {"message_id": 1}}, {"connection": "close"}), ok({"message_id": 2}))
    assert [send(api), send(api)] == [1, 2]
