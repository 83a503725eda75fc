"""The bots that receive an update: membership, allowed_updates and privacy mode.

Privacy mode: core.telegram.org/bots/features#privacy-mode.
"""

from collections.abc import Iterator

from sandbox.telegram.entities import slice_utf16
from sandbox.telegram.records import Bot, Chat, Wire
from sandbox.telegram.world import World

SERVICE_FIELDS = ("new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id")


def receivers(world: World, kind: str, content: Wire) -> Iterator[Bot]:
    """Yields the bots that receive an update of this kind and content."""
    chat = world.chats[content["chat"]["id"]]
    for bot in _candidates(world, chat, kind, content):
        if bot.queue.wants(kind):
            yield bot


def _candidates(world: World, chat: Chat, kind: str, content: Wire) -> Iterator[Bot]:
    if kind == "my_chat_member":
        subject = world.bots.get(content["new_chat_member"]["user"]["id"])
        return iter([subject] if subject is not None else [])
    present = (world.bots[bot_id] for bot_id in chat.bot_ids)
    if kind == "chat_member":
        subject_id = content["new_chat_member"]["user"]["id"]
        return (bot for bot in present if bot.id != subject_id and _is_admin(chat, bot))
    if kind == "message_reaction":
        return (bot for bot in present if not content["user"]["is_bot"] and _is_admin(chat, bot))
    return (bot for bot in present if reads(bot, chat, content))


def _is_admin(chat: Chat, bot: Bot) -> bool:
    return chat.members[bot.id].status in {"administrator", "creator"}


def reads(bot: Bot, chat: Chat, message: Wire) -> bool:
    """Whether this bot of the chat receives this message.

    Messages of bots: never. With privacy mode on: only service messages, commands not addressed to another bot,
    mentions of it and replies to it. Administrators receive everything.
    """
    if any(name in message for name in SERVICE_FIELDS):
        return "new_chat_members" in message or bool(message["from"]["id"] != bot.id)
    if message["from"]["is_bot"] and "sender_chat" not in message:
        return False
    if chat.members[bot.id].sees_all or _is_admin(chat, bot):
        return True
    return _answers(bot, message) or _addresses(bot, message)


def _answers(bot: Bot, message: Wire) -> bool:
    target = message.get("reply_to_message")
    return target is not None and target["from"]["id"] == bot.id


def _addresses(bot: Bot, message: Wire) -> bool:
    name = f"@{bot.username}".lower()
    for entity in message.get("entities", ()):
        kind = entity["type"]
        if kind == "text_mention" and entity["user"]["id"] == bot.id:
            return True
        if kind not in {"mention", "bot_command"}:
            continue
        words = slice_utf16(message["text"], entity["offset"], entity["length"]).lower()
        if words == name or (kind == "bot_command" and ("@" not in words or words.endswith(name))):
            return True
    return False
