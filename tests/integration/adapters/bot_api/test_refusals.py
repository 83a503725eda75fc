"""Which error each refusal of the Bot API is, and which waits it asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.telegram.errors import translate
from app.domain.errors import (
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
from tests.integration.adapters.bot_api.answers import refusal, send
from tests.integration.adapters.scripted import Reply

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error_code", "description", "parameters", "retry_after", "migrate_to_chat_id"]), inner
        )
    ),
)


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
    assert str(error) == "no �" + "x" * 296


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
