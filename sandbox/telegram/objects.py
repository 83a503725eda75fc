"""User, Chat, Message and ChatMember objects in wire form (core.telegram.org/bots/api#available-types)."""

from typing import Any

from sandbox.telegram.entities import Entity, detect_entities
from sandbox.telegram.records import Bot, Chat, Member, Wire
from sandbox.telegram.world import World

PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_pin_messages",
    "can_manage_topics",
    "can_invite_users",
)
SENDING = tuple(name for name in PERMISSIONS if name.startswith("can_send_"))
"""The permissions that a restricted member lacks here; "can_add_web_page_previews" goes with them."""

ADMIN_RIGHTS = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_send_welcome_messages": False,
    "can_pin_messages": True,
    "can_manage_topics": True,
}
"""The rights of an administrator of a supergroup (core.telegram.org/bots/api#chatmemberadministrator)."""

CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
"""The sender of messages on behalf of channels (core.telegram.org/bots/api#message)."""

GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def user_object(world: World, user_id: int) -> Wire:
    """Returns a User; an unregistered account appears as a deleted one."""
    bot = world.bots.get(user_id)
    if bot is not None:
        return {"id": bot.id, "is_bot": True, "first_name": bot.first_name, "username": bot.username}
    person = world.people.get(user_id)
    wire: Wire = {"id": user_id, "is_bot": False, "first_name": person.first_name if person else ""}
    return {**wire, "username": person.username} if person and person.username else wire


def author_fields(world: World, author_id: int) -> Wire:
    """Returns `from`, and for the negative id of a channel `sender_chat` beside Telegram's account for channels."""
    if author_id > 0:
        return {"from": user_object(world, author_id)}
    channel = world.people.get(author_id)
    title = {"title": channel.first_name} if channel else {}
    username = {"username": channel.username} if channel and channel.username else {}
    return {"from": dict(CHANNEL_BOT), "sender_chat": {"id": author_id, "type": "channel", **title, **username}}


def me_object(bot: Bot) -> Wire:
    """Returns the User of getMe, with its additional fields."""
    return {
        "id": bot.id,
        "is_bot": True,
        "first_name": bot.first_name,
        "username": bot.username,
        "can_join_groups": True,
        "can_read_all_group_messages": bot.can_read_all_group_messages,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def chat_object(chat: Chat) -> Wire:
    """Returns a Chat as messages carry it."""
    wire: Wire = {"id": chat.id, "title": chat.title, "type": chat.type}
    return {**wire, "is_forum": True} if chat.threads else wire


def full_chat_object(chat: Chat) -> Wire:
    """Returns the ChatFullInfo of getChat."""
    permissions = dict.fromkeys(PERMISSIONS, True) | {"can_send_messages": chat.members_may_send}
    return {
        **chat_object(chat),
        "permissions": permissions,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
        "join_to_send_messages": False,
    }


def member_object(world: World, user_id: int, member: Member | None) -> Wire:
    """Returns a ChatMember; a user who was never in the chat has the status "left"."""
    wire: Wire = {"user": user_object(world, user_id), "status": member.status if member else "left"}
    return {**wire, **_rights(wire["status"])}


def _rights(status: str) -> Wire:
    """Returns the additional fields of a ChatMember of this status."""
    if status == "kicked":
        return {"until_date": 0}
    if status == "creator":
        return {"is_anonymous": False}
    if status == "administrator":
        return dict(ADMIN_RIGHTS)
    if status == "restricted":
        taken = dict.fromkeys((*SENDING, "can_add_web_page_previews"), False)
        return {**dict.fromkeys(PERMISSIONS, True), **taken, "is_member": True, "until_date": 0}
    return {}


def message_object(
    world: World, chat: Chat, *, message_id: int, from_id: int, date: int, fields: dict[str, Any]
) -> Wire:
    """Returns a Message of `from_id` with the given content; `date` is unix seconds."""
    return {
        "message_id": message_id,
        **author_fields(world, from_id),
        "chat": chat_object(chat),
        "date": date,
        **fields,
    }


def text_fields(world: World, text: str, given: list[Entity] | None) -> Wire:
    """Returns `text` and `entities` of a message: those given, with users resolved, and those detected in the text."""
    entities = [resolve_mention(world, entity) for entity in detect_entities(text, given)]
    return {"text": text, "entities": entities} if entities else {"text": text}


def resolve_mention(world: World, entity: Entity) -> Entity:
    """Replaces the `user_id` of a text_mention by the User object of the wire format."""
    if entity["type"] != "text_mention" or "user_id" not in entity:
        return entity
    rest = {name: value for name, value in entity.items() if name != "user_id"}
    return {**rest, "user": user_object(world, entity["user_id"])}


def reply_fields(chat: Chat, message_id: int | None) -> Wire:
    """Returns the `reply_to_message` of an answer, without its own reply, as Telegram nests one level."""
    target = chat.messages.get(message_id) if message_id is not None else None
    if target is None:
        return {}
    return {"reply_to_message": {name: value for name, value in target.items() if name != "reply_to_message"}}


def thread_fields(thread_id: int | None) -> Wire:
    """Returns the fields of a message in a forum topic."""
    return {} if thread_id is None else {"message_thread_id": thread_id, "is_topic_message": True}
