"""aiogram as a client of the sandbox: every method by its own calls (see test_clients.py)."""

from __future__ import annotations

import asyncio

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand, MessageEntity, ReactionTypeEmoji, ReplyParameters
from pydantic import BaseModel
from scenario import Notes, Scene, read_scene

ALL_KINDS = ["message", "edited_message", "my_chat_member", "chat_member", "message_reaction"]


def strange(found: object) -> list[str]:
    """Fields that the library does not know, anywhere in what it made of an answer."""
    if isinstance(found, list):
        return [name for item in found for name in strange(item)]
    if not isinstance(found, BaseModel):
        return []
    own = [f"{type(found).__name__}.{name}" for name in found.model_extra or ()]
    return own + [name for key in found.model_fields_set for name in strange(getattr(found, key, None))]


def open_bot(scene: Scene, token: str) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(scene.url)))


async def call_all(scene: Scene, notes: Notes) -> None:
    async with open_bot(scene, scene.token) as bot:
        await call_readers(bot, scene, notes)
        await call_writers(bot, scene, notes)
        await call_update_methods(bot, scene, notes)
        await meet_errors(bot, scene, notes)
        await notes.of("leaveChat", bot.leave_chat, scene.other_chat)
        await notes.of("logOut", bot.log_out)
        await notes.of("close", bot.close)


async def call_readers(bot: Bot, scene: Scene, notes: Notes) -> None:
    me = await notes.of("getMe", bot.get_me)
    notes.check("getMe", me.id == scene.bot_id and me.can_read_all_group_messages)
    chat = await notes.of("getChat", bot.get_chat, scene.chat)
    notes.check("getChat", chat.type == "supergroup" and chat.permissions.can_send_messages)
    for status, user_id in scene.members.items():
        member = await notes.of("getChatMember", bot.get_chat_member, scene.chat, user_id)
        notes.check("getChatMember", member.status == status)
    admins = await notes.of("getChatAdministrators", bot.get_chat_administrators, scene.chat)
    notes.check("getChatAdministrators", [admin.user.id for admin in admins] == [scene.bot_id])
    notes.check("getChatMemberCount", await notes.of("getChatMemberCount", bot.get_chat_member_count, scene.chat) > 1)
    about = BotCommand(command="about", description="Who I am")
    await notes.of("setMyCommands", bot.set_my_commands, [about])
    commands = await notes.of("getMyCommands", bot.get_my_commands)
    notes.check("getMyCommands", [(item.command, item.description) for item in commands] == [("about", "Who I am")])
    notes.check("getMyName", (await notes.of("getMyName", bot.get_my_name)).name == scene.first_name)


async def call_writers(bot: Bot, scene: Scene, notes: Notes) -> None:
    plain = await notes.of("sendMessage", bot.send_message, scene.chat, "plain 😀 text")
    notes.check("sendMessage", plain.text == "plain 😀 text" and plain.from_user.id == scene.bot_id)
    html = await notes.of("sendMessage", bot.send_message, scene.chat, "<b>bold</b> &amp; 1 &lt; 2", parse_mode="HTML")
    notes.check("sendMessage", html.text == "bold & 1 < 2" and html.html_text == "<b>bold</b> &amp; 1 &lt; 2")
    marks = [MessageEntity(type="italic", offset=0, length=6)]
    marked = await notes.of("sendMessage", bot.send_message, scene.chat, "😀 slanted", entities=marks)
    found = [(entity.type, entity.offset, entity.length) for entity in marked.entities]
    notes.check("sendMessage", found == [("italic", 0, 6)])
    reply = ReplyParameters(message_id=scene.said, allow_sending_without_reply=True)
    answer = await notes.of("sendMessage", bot.send_message, scene.chat, "yes", reply_parameters=reply)
    notes.check("sendMessage", answer.reply_to_message.message_id == scene.said)
    gone = ReplyParameters(message_id=10**6, allow_sending_without_reply=True)
    alone = await notes.of("sendMessage", bot.send_message, scene.chat, "anyway", reply_parameters=gone)
    notes.check("sendMessage", alone.reply_to_message is None)
    topic = await notes.of("sendMessage", bot.send_message, scene.chat, "here", message_thread_id=scene.thread)
    notes.check("sendMessage", topic.is_topic_message and topic.message_thread_id == scene.thread)
    edited = await notes.of(
        "editMessageText", bot.edit_message_text, "new text", chat_id=scene.chat, message_id=plain.message_id
    )
    notes.check("editMessageText", edited.text == "new text" and edited.edit_date is not None)
    notes.check("deleteMessage", await notes.of("deleteMessage", bot.delete_message, scene.chat, plain.message_id))
    notes.check("sendChatAction", await notes.of("sendChatAction", bot.send_chat_action, scene.chat, "typing"))
    for reaction in ([ReactionTypeEmoji(emoji="👍")], [ReactionTypeEmoji(emoji="🔥")], []):
        notes.check(
            "setMessageReaction",
            await notes.of("setMessageReaction", bot.set_message_reaction, scene.chat, scene.said, reaction),
        )


async def call_update_methods(bot: Bot, scene: Scene, notes: Notes) -> None:
    url = "http://127.0.0.1:9/hook"
    notes.check(
        "setWebhook",
        await notes.of(
            "setWebhook", bot.set_webhook, url, secret_token="s3cret", allowed_updates=ALL_KINDS, max_connections=10
        ),
    )
    info = await notes.of("getWebhookInfo", bot.get_webhook_info)
    notes.check("getWebhookInfo", info.url == url and info.max_connections == 10)
    await notes.fails(TelegramConflictError, bot.get_updates)
    notes.check("deleteWebhook", await notes.of("deleteWebhook", bot.delete_webhook))
    await bot.get_updates(allowed_updates=ALL_KINDS)
    scene.act()
    updates = await notes.of("getUpdates", bot.get_updates, timeout=5, allowed_updates=ALL_KINDS)
    notes.check("getUpdates", {update.event_type for update in updates} == set(ALL_KINDS))
    await bot.get_updates(offset=updates[-1].update_id + 1)


async def meet_errors(bot: Bot, scene: Scene, notes: Notes) -> None:
    await notes.fails(TelegramBadRequest, bot.send_message, scene.chat, "")
    await notes.fails(TelegramBadRequest, bot.send_message, -1009999999999, "x")
    await notes.fails(TelegramForbiddenError, bot.send_message, scene.left_chat, "x")
    waited = await notes.fails(TelegramRetryAfter, scene.struck, "flood", bot.send_message, scene.other_chat, "x")
    notes.check("retry_after", getattr(waited, "retry_after", None) == 7)
    moved = await notes.fails(TelegramMigrateToChat, bot.send_message, scene.migrated_chat, "x")
    notes.check("migrate_to_chat_id", getattr(moved, "migrate_to_chat_id", None) == scene.migrated_to)
    await notes.fails(TelegramServerError, scene.struck, "status", bot.get_chat, scene.chat)
    async with open_bot(scene, scene.token[:-1] + "Z") as stranger:
        await notes.fails(TelegramUnauthorizedError, stranger.get_me)


if __name__ == "__main__":
    scene, notes = read_scene(), Notes(strange)
    asyncio.run(call_all(scene, notes))
    notes.write()
