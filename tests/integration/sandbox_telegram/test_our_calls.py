"""Our own adapter against the sandbox: what Telegram's rules make of what we send."""

from __future__ import annotations

import pytest

from app.adapters.telegram.bot_api import BotApi
from app.domain.delivery.markup import TEXT_LIMIT
from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    ChatNotFound,
    Forbidden,
    OutcomeUnknown,
    RetryAfter,
    TargetGone,
    TelegramError,
    Unauthorized,
)
from app.domain.people.command_texts import list_menus
from tests.integration.sandbox_telegram.harness import Sandbox, token_of

BOT = 100001
TOKEN = token_of(BOT)


@pytest.fixture
def api(sandbox: Sandbox) -> BotApi:
    return BotApi(f"http://127.0.0.1:{sandbox.ports.port}")


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)


@pytest.mark.parametrize(
    "text", ["1 < 2 && 3 > 2", "<b>bold</b> &amp; <a href='tg://user?id=1'>you</a>", "&lt;", "</b>", "\"x\" & 'y' 😀"]
)
def test_what_looks_like_markup_arrives_as_it_was(sandbox: Sandbox, api: BotApi, chat_id: int, text: str) -> None:
    message_id = api.send_message(TOKEN, chat_id, text)
    [message] = [found for found in sandbox.messages(chat_id) if found["message_id"] == message_id]
    assert message["text"] == text
    assert "entities" not in message


def test_the_limit_counts_what_is_shown_and_not_what_is_escaped(sandbox: Sandbox, api: BotApi, chat_id: int) -> None:
    api.send_message(TOKEN, chat_id, "&" * TEXT_LIMIT)
    assert sandbox.messages(chat_id)[-1]["text"] == "&" * TEXT_LIMIT
    with pytest.raises(BadRequest, match="too long"):
        api.send_message(TOKEN, chat_id, "&" * (TEXT_LIMIT + 1))


@pytest.mark.parametrize(
    ("kind", "arrives"), [("status", 0), ("status_after", 1), ("drop_before", 0), ("drop_after", 1)]
)
def test_a_send_without_a_clear_answer_is_unknown_whether_it_arrived_or_not(
    sandbox: Sandbox, api: BotApi, chat_id: int, kind: str, arrives: int
) -> None:
    sandbox.fault(kind, method="sendMessage", count=1)
    with pytest.raises(OutcomeUnknown):
        api.send_message(TOKEN, chat_id, "once")
    assert [message.get("text") for message in sandbox.messages(chat_id)].count("once") == arrives


def test_a_reply_to_a_message_that_is_gone_is_sent_without_it(sandbox: Sandbox, api: BotApi, chat_id: int) -> None:
    there = sandbox.say(chat_id, "hello")
    api.send_message(TOKEN, chat_id, "to you", reply_to=there)
    api.send_message(TOKEN, chat_id, "to nobody", reply_to=there + 1000)
    answered, alone = sandbox.messages(chat_id)[-2:]
    assert answered["reply_to_message"]["message_id"] == there
    assert (alone["text"], "reply_to_message" in alone) == ("to nobody", False)


def test_a_reaction_is_taken_and_one_that_telegram_does_not_know_is_not(
    sandbox: Sandbox, api: BotApi, chat_id: int
) -> None:
    there = sandbox.say(chat_id, "hello")
    api.set_reaction(TOKEN, chat_id, there, "❤\ufe0f")
    assert [(line["message_id"], line["emoji"]) for line in sandbox.events("reaction")] == [(there, "❤")]
    with pytest.raises(BadRequest, match="REACTION_INVALID"):
        api.set_reaction(TOKEN, chat_id, there, "🦜")
    with pytest.raises(TargetGone):
        api.set_reaction(TOKEN, chat_id, there + 1000, "👍")


def test_refusals_are_told_apart(sandbox: Sandbox, api: BotApi, chat_id: int) -> None:
    def refused(chat: int = chat_id, token: str = TOKEN) -> TelegramError:
        with pytest.raises(TelegramError) as error:
            api.send_message(token, chat, "hello")
        return error.value

    sandbox.fault("flood", chat_id=chat_id, retry_after=7, count=1)
    flood = refused()
    assert isinstance(flood, RetryAfter)
    assert flood.seconds == 7
    sandbox.clock.advance(7)
    assert type(refused(chat=-1009999999999)) is ChatNotFound
    assert type(refused(token=token_of(999999))) is Unauthorized
    group = sandbox.add_chat(BOT, kind="group")
    sandbox.fault("migrate", chat_id=group, count=1)
    assert isinstance(refused(group), ChatMigrated)
    sandbox.fault("forbidden", bot_id=BOT, count=1)
    assert isinstance(refused(sandbox.add_chat(BOT)), Forbidden)


def test_telegram_takes_our_menu_of_commands_in_every_language(sandbox: Sandbox, api: BotApi, chat_id: int) -> None:
    for language, commands in list_menus().items():
        api.set_commands(TOKEN, commands, language)
        shown = sandbox.result(BOT, "getMyCommands", language_code=language)
        assert {entry["command"]: entry["description"] for entry in shown} == commands
