from __future__ import annotations

import logging
import socket
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.telegram import bot_api
from app.adapters.telegram.bot_api import BotApi
from app.adapters.telegram.errors import translate
from app.domain.errors import (
    AnotherAccount,
    BadRequest,
    ChatMigrated,
    ChatNotFound,
    ChatRefused,
    Conflict,
    Forbidden,
    Muted,
    NotAMember,
    NotConnected,
    OutcomeUnknown,
    ReactionInvalid,
    RetryAfter,
    ServerError,
    TargetGone,
    TelegramError,
    TopicRefused,
    Unauthorized,
)
from app.domain.ports import BotIdentity, ChatInfo, MemberInfo
from tests.integration.adapters.scripted import DROP, HANG, Reply

TOKEN = "7654321098:AAH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error_code", "description", "parameters", "retry_after", "migrate_to_chat_id"]), inner
        )
    ),
)


def ok(result):
    return Reply(200, {"ok": True, "result": result})


def refusal(status, description="no", **parameters):
    return Reply(status, {"ok": False, "error_code": status, "description": description, "parameters": parameters})


@pytest.fixture
def api(server):
    return BotApi(server.url)


def send(api):
    return api.send_message(TOKEN, -1001, "hello")


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


@pytest.mark.parametrize(
    ("reply", "kind", "permanent"),
    [
        (refusal(400), BadRequest, True),
        (refusal(401), Unauthorized, True),
        (refusal(404), Unauthorized, True),
        (refusal(403), Forbidden, True),
        (refusal(409), Conflict, False),
        (refusal(429, retry_after=7), RetryAfter, False),
        (refusal(429), RetryAfter, False),
        (refusal(400, migrate_to_chat_id=-1002), ChatMigrated, True),
        (refusal(500), OutcomeUnknown, False),
        (refusal(504, "Gateway Timeout: retry", retry_after=5), OutcomeUnknown, False),
        (Reply(502, b"<html>Bad Gateway</html>"), OutcomeUnknown, False),
        (Reply(502, {"ok": True, "result": {"message_id": 5}}), OutcomeUnknown, False),
        (Reply(500, ["unexpected"]), OutcomeUnknown, False),
        (Reply(200, b'{"ok": true, "result": {"mess'), OutcomeUnknown, False),
        (Reply(200, b"[" * 100_000), OutcomeUnknown, False),
        (Reply(403, b"<html>blocked by policy</html>"), OutcomeUnknown, False),
        (Reply(408, b""), OutcomeUnknown, False),
        (Reply(404, b"<html>nginx</html>"), NotConnected, False),
        (Reply(302, b"", {"location": "/elsewhere"}), NotConnected, False),
        (Reply(429, b"slow down", {"retry-after": "33"}), RetryAfter, False),
    ],
)
def test_each_refusal_is_translated_and_says_whether_trying_again_can_help(server, api, reply, kind, permanent):
    server.answer(reply)
    with pytest.raises(TelegramError) as error:
        send(api)
    assert type(error.value) is kind
    assert error.value.permanent is permanent
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: not enough rights to send text messages to the chat", Muted),
        (403, "Forbidden: not enough rights to send text messages to the chat", Muted),
        (400, "Bad Request: have no rights to send a message", Muted),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Muted),
        (403, "Forbidden: bot is not a member of the supergroup chat", NotAMember),
        (403, "Forbidden: bot was kicked from the supergroup chat", Forbidden),
        (403, "Forbidden: bot was blocked by the user", Forbidden),
        (400, "Bad Request: chat not found", ChatNotFound),
        (400, "Bad Request: PEER_ID_INVALID", ChatNotFound),
        (400, "Bad Request: message to be replied not found", TargetGone),
        (400, "Bad Request: message to react not found", TargetGone),
        (400, "Bad Request: message is too long", BadRequest),
        (413, "Request Entity Too Large", BadRequest),
        (400, "Bad Request: TOPIC_CLOSED", TopicRefused),
        (400, "Bad Request: TOPIC_DELETED", TopicRefused),
        (400, "Bad Request: message thread not found", TopicRefused),
        (403, "Forbidden: CHAT_GUEST_SEND_FORBIDDEN", ChatRefused),
        (402, "PAYMENT_REQUIRED", ChatRefused),
        (400, "Bad Request: need administrator rights in the channel chat", ChatRefused),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", ChatRefused),
        (403, "Forbidden: USER_BANNED_IN_CHANNEL", ChatRefused),
        (400, "Bad Request: REACTION_INVALID", ReactionInvalid),
        (400, "Bad Request: REACTIONS_TOO_MANY", ReactionInvalid),
        (404, "Not Found: TOPIC_CLOSED", TopicRefused),
        (401, "Unauthorized: chat not found", Unauthorized),
    ],
)
def test_kinds_that_only_the_words_tell_apart(status, description, kind):
    error = translate(status, {"ok": False, "error_code": status, "description": description})
    assert (type(error), str(error), error.permanent) == (kind, description, True)


def test_a_wait_counts_whatever_the_code_says():
    error = translate(400, {"ok": False, "error_code": 400, "parameters": {"retry_after": 9}})
    assert isinstance(error, RetryAfter)
    assert error.seconds == 9


@pytest.mark.parametrize(
    ("code", "description", "retry_after", "seconds"),
    [
        (429, "Too Many Requests: retry after 700000", 700_000, 700_000),
        (429, "Too Many Requests: retry after 604801", None, 604_801),
        (429, "", 10**30, 30 * 86_400),
        (429, "", float("inf"), 30 * 86_400),
        (429, "", "40", 40),
        (429, "Too Many Requests: retry later", -3, 5),
        (420, "FLOOD_PREMIUM_WAIT_7", None, 7),
        (400, "Bad Request: SLOWMODE_WAIT_30", None, 30),
        (400, "Bad Request: FLOOD_WAIT_12", None, 12),
        (403, "Forbidden: A wait of 15 seconds is required", None, 15),
        (400, "Flood control exceeded. Retry in 8 seconds", None, 8),
        (500, "Too Many Requests: retry after 6", None, 6),
        (400, "Please try again in 2 minutes", None, 120),
        (400, "Bad Request: SLOWMODE_WAIT_" + "9" * 200, None, 30 * 86_400),
    ],
)
def test_waits_are_read_from_parameters_and_words_whatever_the_code_and_are_never_cut_to_a_second(
    code, description, retry_after, seconds
):
    parameters = {} if retry_after is None else {"parameters": {"retry_after": retry_after}}
    error = translate(code, {"ok": False, "error_code": code, "description": description, **parameters})
    assert isinstance(error, RetryAfter)
    assert error.seconds == seconds


def test_a_description_that_postgres_could_not_hold_is_cleaned():
    error = translate(400, {"ok": False, "description": "no\x00 \ud83d" + "x" * 5_000})
    assert str(error) == "no ?" + "x" * 295


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


def test_a_429_tells_the_seconds_and_a_migration_the_new_id(server, api):
    server.answer(refusal(429, retry_after=7), refusal(400, migrate_to_chat_id=-1002))
    with pytest.raises(RetryAfter) as wait:
        send(api)
    with pytest.raises(ChatMigrated) as moved:
        send(api)
    assert (wait.value.seconds, moved.value.new_chat_id) == (7.0, -1002)


@given(status=st.integers(400, 599), body=JSON)
def test_any_refusal_is_translated_whatever_its_body(status, body):
    assert isinstance(translate(status, body), TelegramError)


@pytest.mark.parametrize("body", [{"detail": "Not Found"}, {"message": "no route"}, ["no"], {"ok": "no"}], ids=str)
def test_a_404_of_something_else_than_the_bot_api_does_not_break_a_bot(body):
    """A wrong TELEGRAM_URL must not take every bot of the fleet out of service."""
    assert type(translate(404, body)) is ServerError


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
