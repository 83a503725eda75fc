"""Methods that read, small methods that set, and the table of all methods by name."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram import polling, sending
from sandbox.telegram.actions import change_member, post_service_message
from sandbox.telegram.calls import Call
from sandbox.telegram.errors import bad_request
from sandbox.telegram.objects import full_chat_object, me_object, member_object
from sandbox.telegram.records import Wire

Handler = Callable[[Call], Any | Awaitable[Any]]

MAX_COMMANDS = 100


def get_me(call: Call) -> Wire:
    """Returns the bot's own User."""
    return me_object(call.bot)


def get_chat(call: Call) -> Wire:
    """Returns the ChatFullInfo."""
    return full_chat_object(call.chat())


def get_chat_member(call: Call) -> Wire:
    """Returns one ChatMember."""
    chat, user_id = call.chat(), call.params.integer("user_id")
    if user_id is None or not call.state.world.has_account(user_id):
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member_object(call.state.world, user_id, chat.members.get(user_id))


def get_chat_administrators(call: Call) -> list[Wire]:
    """Returns the administrators, other bots left out as in the real API."""
    chat, world = call.chat(), call.state.world
    return [
        member_object(world, user_id, member)
        for user_id, member in chat.members.items()
        if member.status in {"administrator", "creator"} and (user_id == call.bot.id or user_id not in world.bots)
    ]


def get_chat_member_count(call: Call) -> int:
    """Returns the number of people and bots in the chat."""
    return len(call.chat().present_ids())


def leave_chat(call: Call) -> bool:
    """Leaves the chat; the others see a service message."""
    chat = call.chat()
    post_service_message(call.state, chat, "left", about=call.bot.id, from_id=call.bot.id)
    change_member(call.state, chat, call.bot.id, "left", by=call.bot.id)
    return True


def set_my_commands(call: Call) -> bool:
    """Replaces the command list of a scope and language."""
    commands = call.params.objects("commands") or []
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _is_command(command):
            raise bad_request("BOT_COMMAND_INVALID")
    call.state.commit("commands", bot_id=call.bot.id, scope=_scope(call), commands=commands)
    return True


def _is_command(command: Wire) -> bool:
    name, description = command.get("command"), command.get("description")
    if not isinstance(name, str) or not isinstance(description, str):
        return False
    plain = name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()
    return plain and 1 <= len(name) <= 32 and 1 <= len(description) <= 256


def get_my_commands(call: Call) -> list[Wire]:
    """Returns the command list of a scope and language."""
    return call.bot.commands.get(_scope(call), [])


def _scope(call: Call) -> str:
    scope = call.params.json("scope") or {"type": "default"}
    return json.dumps([scope, call.params.text("language_code") or ""], sort_keys=True)


def get_my_name(call: Call) -> Wire:
    """Returns the bot's name."""
    return {"name": call.bot.first_name}


def accept(_call: Call) -> bool:
    """Answers logOut and close: nothing to do on one server."""
    return True


METHODS: dict[str, tuple[str, Handler]] = {
    name.lower(): (name, handler)
    for name, handler in {
        "getMe": get_me,
        "getUpdates": polling.get_updates,
        "setWebhook": polling.set_webhook,
        "deleteWebhook": polling.delete_webhook,
        "getWebhookInfo": polling.get_webhook_info,
        "sendMessage": sending.send_message,
        "editMessageText": sending.edit_message_text,
        "deleteMessage": sending.delete_message,
        "sendChatAction": sending.send_chat_action,
        "setMessageReaction": sending.set_message_reaction,
        "getChat": get_chat,
        "getChatMember": get_chat_member,
        "getChatAdministrators": get_chat_administrators,
        "getChatMemberCount": get_chat_member_count,
        "leaveChat": leave_chat,
        "setMyCommands": set_my_commands,
        "getMyCommands": get_my_commands,
        "getMyName": get_my_name,
        "logOut": accept,
        "close": accept,
    }.items()
}
"""Canonical name and handler by lower-case name. A handler returns the `result`, or raises ApiError."""
