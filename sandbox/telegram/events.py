"""The effect of each journal event on the world, for the running server and for its restart.

An event function changes the world from the event's fields alone and returns the bodies of the updates it causes, by
kind. Their receivers are decided once, when the event happens, and recorded in its `updates` field.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram.objects import (
    chat_object,
    member_object,
    message_object,
    reply_fields,
    text_fields,
    thread_fields,
    user_object,
)
from sandbox.telegram.records import Bot, Chat, Member, Person, Wire
from sandbox.telegram.world import World

Fields = Mapping[str, Any]
Bodies = dict[str, Wire]


def add_bot(world: World, event: Fields) -> Bodies:
    """Adds or renames a bot, or (`revoked`) invalidates its token."""
    bot = world.bots.get(event["bot_id"])
    if bot is None:
        bot = world.bots[event["bot_id"]] = Bot(event["bot_id"], event["username"], event["first_name"])
    bot.username, bot.first_name = event["username"], event["first_name"]
    bot.can_read_all_group_messages = event["can_read_all_group_messages"]
    bot.revoked = event["revoked"]
    return {}


def add_person(world: World, event: Fields) -> Bodies:
    """Adds or renames a person."""
    world.add_person(Person(event["person_id"], event["first_name"], event.get("username")))
    return {}


def add_chat(world: World, event: Fields) -> Bodies:
    """Adds or renames a chat."""
    chat = world.chats.get(event["chat_id"])
    if chat is None:
        world.chats[event["chat_id"]] = Chat(event["chat_id"], event["title"], event["type"])
    else:
        chat.title = event["title"]
    return {}


def change_permissions(world: World, event: Fields) -> Bodies:
    """Sets what plain members may do; the Bot API has no update for that."""
    world.chats[event["chat_id"]].members_may_send = event["can_send_messages"]
    return {}


def change_member(world: World, event: Fields) -> Bodies:
    """Changes a member: joined, left, kicked or promoted. The bot concerned gets the same body as my_chat_member."""
    chat, user_id = world.chats[event["chat_id"]], event["user_id"]
    old, new = chat.members.get(user_id), Member(event["status"], event.get("sees_all", True))
    chat.members[user_id] = new
    if user_id in world.bots:
        (chat.bot_ids.add if new.present else chat.bot_ids.discard)(user_id)
    body = {
        "chat": chat_object(chat),
        "from": user_object(world, event["by"]),
        "date": event["date"],
        "old_chat_member": member_object(world, user_id, old),
        "new_chat_member": member_object(world, user_id, new),
    }
    return {"my_chat_member": body, "chat_member": body}


def migrate_chat(world: World, event: Fields) -> Bodies:
    """Makes a basic group a supergroup: a new chat with the same members."""
    old = world.chats[event["chat_id"]]
    new = Chat(event["to_chat_id"], old.title, "supergroup", dict(old.members), set(old.bot_ids))
    world.chats[new.id] = new
    old.migrated_to = new.id
    return {}


def post_person_message(world: World, event: Fields) -> Bodies:
    """Stores a person's message."""
    chat = world.chats[event["chat_id"]]
    thread_id = event.get("message_thread_id")
    if thread_id is not None:
        chat.threads.add(thread_id)
    return {"message": _store_text(world, chat, event, event["from_id"])}


def post_bot_message(world: World, event: Fields) -> Bodies:
    """Stores the message of an accepted sendMessage. No bot receives it: bots do not receive bots' messages."""
    _store_text(world, world.chats[event["chat_id"]], event, event["bot_id"])
    return {}


def _store_text(world: World, chat: Chat, event: Fields, from_id: int) -> Wire:
    fields = {
        **thread_fields(event.get("message_thread_id")),
        **reply_fields(chat, event.get("reply_to_message_id")),
        **text_fields(world, event["text"], event.get("entities")),
    }
    message = message_object(
        world, chat, message_id=event["message_id"], from_id=from_id, date=event["date"], fields=fields
    )
    world.store(chat, message)
    return message


def post_service_message(world: World, event: Fields) -> Bodies:
    """Stores a service message: "joined", "left", "migrated_to" or "migrated_from", `about` its user or chat."""
    chat = world.chats[event["chat_id"]]
    message = message_object(
        world,
        chat,
        message_id=event["message_id"],
        from_id=event["from_id"],
        date=event["date"],
        fields=_service_fields(world, event["content"], event["about"]),
    )
    world.store(chat, message)
    return {"message": message}


def _service_fields(world: World, content: str, about: int) -> Wire:
    if content == "joined":
        return {"new_chat_members": [user_object(world, about)]}
    if content == "left":
        return {"left_chat_member": user_object(world, about)}
    return {"migrate_to_chat_id" if content == "migrated_to" else "migrate_from_chat_id": about}


def edit_message(world: World, event: Fields) -> Bodies:
    """Changes the text of a message."""
    chat = world.chats[event["chat_id"]]
    old = chat.messages[event["message_id"]]
    kept = {name: value for name, value in old.items() if name not in {"text", "entities"}}
    edited = {
        **kept,
        "edit_date": event["date"],
        **text_fields(world, event["text"], event.get("entities")),
    }
    chat.store(edited)
    return {"edited_message": edited}


def delete_message(world: World, event: Fields) -> Bodies:
    """Deletes a message; the Bot API has no update for that in groups."""
    world.chats[event["chat_id"]].messages.pop(event["message_id"], None)
    return {}


def change_reaction(world: World, event: Fields) -> Bodies:
    """Sets a reaction to a message, or (`emoji` null) removes it."""
    chat = world.chats[event["chat_id"]]
    on_message = chat.reactions.setdefault(event["message_id"], {})
    old, new = on_message.pop(event["user_id"], None), event["emoji"]
    if new is not None:
        on_message[event["user_id"]] = new
    body = {
        "chat": chat_object(chat),
        "message_id": event["message_id"],
        "user": user_object(world, event["user_id"]),
        "date": event["date"],
        "old_reaction": [{"type": "emoji", "emoji": old}] if old else [],
        "new_reaction": [{"type": "emoji", "emoji": new}] if new else [],
    }
    return {"message_reaction": body}


def change_commands(world: World, event: Fields) -> Bodies:
    """Sets the commands of one scope and language (setMyCommands)."""
    world.bots[event["bot_id"]].commands[event["scope"]] = event["commands"]
    return {}


def change_allowed_updates(world: World, event: Fields) -> Bodies:
    """Sets allowed_updates of a bot; an empty list means the default kinds."""
    world.bots[event["bot_id"]].queue.allowed = frozenset(event["allowed_updates"])
    return {}


def ban_bot(world: World, event: Fields) -> Bodies:
    """Bans a bot that ignored too many waits."""
    world.bots[event["bot_id"]].banned = True
    return {}


APPLY: dict[str, Callable[[World, Fields], Bodies]] = {
    "bot": add_bot,
    "person": add_person,
    "chat": add_chat,
    "permissions": change_permissions,
    "member": change_member,
    "migrated": migrate_chat,
    "person_message": post_person_message,
    "bot_message": post_bot_message,
    "service_message": post_service_message,
    "edited": edit_message,
    "deleted": delete_message,
    "reaction": change_reaction,
    "commands": change_commands,
    "allowed_updates": change_allowed_updates,
    "ban": ban_bot,
}
