"""python-telegram-bot as a client of the sandbox: every method by its own calls (see test_clients.py)."""

from __future__ import annotations

import asyncio

import telegram
from scenario import Notes, Scene, read_scene
from telegram import BotCommand, MessageEntity, ReactionTypeEmoji, ReplyParameters, TelegramObject, error

ALL_KINDS = ["message", "edited_message", "my_chat_member", "chat_member", "message_reaction"]

NEWER = {"ChatMemberAdministrator.can_send_welcome_messages"}
"""Fields of the Bot API that aiogram requires already and this version of python-telegram-bot does not know."""


def strange(found: object) -> list[str]:
    """Fields that the library does not know, anywhere in what it made of an answer."""
    if isinstance(found, list | tuple):
        return [name for item in found for name in strange(item)]
    if not isinstance(found, TelegramObject):
        return []
    own = [name for key in found.api_kwargs if (name := f"{type(found).__name__}.{key}") not in NEWER]
    return own + [name for key in found.__slots__ if not key.startswith("_") for name in strange(getattr(found, key))]


async def call_all(scene: Scene, notes: Notes) -> None:
    bot = telegram.Bot(scene.token, base_url=f"{scene.url}/bot")
    async with bot:
        await call_readers(bot, scene, notes)
        await call_writers(bot, scene, notes)
        await call_update_methods(bot, scene, notes)
        await meet_errors(bot, scene, notes)
        await notes.of("leaveChat", bot.leave_chat, scene.other_chat)
        await notes.of("logOut", bot.log_out)
        await notes.of("close", bot.close)


async def call_readers(bot: telegram.Bot, scene: Scene, notes: Notes) -> None:
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
    await notes.of("setMyCommands", bot.set_my_commands, [BotCommand("about", "Who I am")])
    commands = await notes.of("getMyCommands", bot.get_my_commands)
    notes.check("getMyCommands", commands == (BotCommand("about", "Who I am"),))
    notes.check("getMyName", (await notes.of("getMyName", bot.get_my_name)).name == scene.first_name)


async def call_writers(bot: telegram.Bot, scene: Scene, notes: Notes) -> None:
    plain = await notes.of("sendMessage", bot.send_message, scene.chat, "plain 😀 text")
    notes.check("sendMessage", plain.text == "plain 😀 text" and plain.from_user.id == scene.bot_id)
    html = await notes.of("sendMessage", bot.send_message, scene.chat, "<b>bold</b> &amp; 1 &lt; 2", parse_mode="HTML")
    notes.check("sendMessage", html.text == "bold & 1 < 2" and html.entities[0].type == MessageEntity.BOLD)
    marks = [MessageEntity(MessageEntity.ITALIC, 0, 6)]
    marked = await notes.of("sendMessage", bot.send_message, scene.chat, "😀 slanted", entities=marks)
    notes.check("sendMessage", marked.entities[0].type == MessageEntity.ITALIC)
    reply = ReplyParameters(scene.said, allow_sending_without_reply=True)
    answer = await notes.of("sendMessage", bot.send_message, scene.chat, "yes", reply_parameters=reply)
    notes.check("sendMessage", answer.reply_to_message.message_id == scene.said)
    gone = ReplyParameters(10**6, allow_sending_without_reply=True)
    alone = await notes.of("sendMessage", bot.send_message, scene.chat, "anyway", reply_parameters=gone)
    notes.check("sendMessage", alone.reply_to_message is None)
    topic = await notes.of("sendMessage", bot.send_message, scene.chat, "here", message_thread_id=scene.thread)
    notes.check("sendMessage", topic.is_topic_message and topic.message_thread_id == scene.thread)
    edited = await notes.of("editMessageText", bot.edit_message_text, "new text", scene.chat, plain.message_id)
    notes.check("editMessageText", edited.text == "new text" and edited.edit_date is not None)
    notes.check("deleteMessage", await notes.of("deleteMessage", bot.delete_message, scene.chat, plain.message_id))
    notes.check("sendChatAction", await notes.of("sendChatAction", bot.send_chat_action, scene.chat, "typing"))
    for reaction in ([ReactionTypeEmoji("👍")], "🔥", None):
        notes.check(
            "setMessageReaction",
            await notes.of("setMessageReaction", bot.set_message_reaction, scene.chat, scene.said, reaction),
        )


async def call_update_methods(bot: telegram.Bot, scene: Scene, notes: Notes) -> None:
    url = "http://127.0.0.1:9/hook"
    notes.check(
        "setWebhook",
        await notes.of(
            "setWebhook", bot.set_webhook, url, secret_token="s3cret", allowed_updates=ALL_KINDS, max_connections=10
        ),
    )
    info = await notes.of("getWebhookInfo", bot.get_webhook_info)
    notes.check("getWebhookInfo", info.url == url and info.max_connections == 10)
    await notes.fails(error.Conflict, bot.get_updates)
    notes.check("deleteWebhook", await notes.of("deleteWebhook", bot.delete_webhook))
    await bot.get_updates(allowed_updates=ALL_KINDS)
    scene.act()
    updates = await notes.of("getUpdates", bot.get_updates, timeout=5, allowed_updates=ALL_KINDS)
    kinds = {name for update in updates for name in update.__slots__ if name in ALL_KINDS and getattr(update, name)}
    notes.check("getUpdates", kinds == set(ALL_KINDS))
    await bot.get_updates(offset=updates[-1].update_id + 1)


async def meet_errors(bot: telegram.Bot, scene: Scene, notes: Notes) -> None:
    await notes.fails(error.BadRequest, bot.send_message, scene.chat, "")
    await notes.fails(error.BadRequest, bot.send_message, -1009999999999, "x")
    await notes.fails(error.Forbidden, bot.send_message, scene.left_chat, "x")
    waited = await notes.fails(error.RetryAfter, scene.struck, "flood", bot.send_message, scene.other_chat, "x")
    notes.check("retry_after", waited is not None and waited._retry_after.total_seconds() == 7)
    moved = await notes.fails(error.ChatMigrated, bot.send_message, scene.migrated_chat, "x")
    notes.check("migrate_to_chat_id", getattr(moved, "new_chat_id", None) == scene.migrated_to)
    await notes.fails(error.NetworkError, scene.struck, "status", bot.get_chat, scene.chat)
    stranger = telegram.Bot(scene.token[:-1] + "Z", base_url=f"{scene.url}/bot")
    await notes.fails(error.InvalidToken, stranger.get_me)


if __name__ == "__main__":
    scene, notes = read_scene(), Notes(strange)
    asyncio.run(call_all(scene, notes))
    notes.write()
