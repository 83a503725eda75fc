"""Translation of MTProto users, chats, entities and memberships into the Bot API's form.

TL objects are recognised by class name (https://core.telegram.org/schema), so that nothing here loads Telethon;
`entities` are the users and chats that came with an update, by marked id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Wire = dict[str, Any]
Entities = Mapping[int, Any]

SUPERGROUP_BASE = 1_000_000_000_000
ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
"""The sender of messages by anonymous administrators, on behalf of channels, and of channels' posts in their groups."""

ENTITY_TYPES = {
    "MessageEntityMention": "mention",
    "MessageEntityHashtag": "hashtag",
    "MessageEntityCashtag": "cashtag",
    "MessageEntityBotCommand": "bot_command",
    "MessageEntityUrl": "url",
    "MessageEntityEmail": "email",
    "MessageEntityPhone": "phone_number",
    "MessageEntityBold": "bold",
    "MessageEntityItalic": "italic",
    "MessageEntityUnderline": "underline",
    "MessageEntityStrike": "strikethrough",
    "MessageEntitySpoiler": "spoiler",
    "MessageEntityBlockquote": "blockquote",
    "MessageEntityCode": "code",
    "MessageEntityPre": "pre",
    "MessageEntityTextUrl": "text_link",
    "MessageEntityMentionName": "text_mention",
    "MessageEntityCustomEmoji": "custom_emoji",
}

MEMBER_STATES = {
    "ChannelParticipant": "member",
    "ChannelParticipantSelf": "member",
    "ChannelParticipantAdmin": "administrator",
    "ChannelParticipantCreator": "creator",
    "ChannelParticipantLeft": "left",
    "ChatParticipant": "member",
    "ChatParticipantAdmin": "administrator",
    "ChatParticipantCreator": "creator",
}


def kind_of(value: Any) -> str:
    """Returns the name of a TL object's class."""
    return type(value).__name__


def channel_mark(channel_id: int) -> int:
    """Returns the Bot API's id of a supergroup or channel, as -100…"""
    return -(SUPERGROUP_BASE + channel_id)


def peer_mark(peer: Any) -> int:
    """Returns the Bot API's id of a peer: https://core.telegram.org/api/bots/ids"""
    if kind_of(peer) == "PeerChannel":
        return channel_mark(int(peer.channel_id))
    if kind_of(peer) == "PeerChat":
        return -int(peer.chat_id)
    return int(peer.user_id)


def user_object(user_id: int, entities: Entities, self_id: int) -> Wire:
    """Returns a User; of an unknown one only the id."""
    user = entities.get(user_id)
    wire: Wire = {
        "id": user_id,
        "is_bot": bool(getattr(user, "bot", None)) or user_id == self_id,
        "first_name": getattr(user, "first_name", None) or "",
    }
    if getattr(user, "last_name", None):
        wire["last_name"] = user.last_name  # type: ignore[union-attr]
    return wire | _username(user)


def _username(entity: Any) -> Wire:
    names = [name.username for name in getattr(entity, "usernames", None) or () if name.active]
    username = getattr(entity, "username", None) or next(iter(names), None)
    return {"username": username} if username else {}


def chat_object(mark: int, entities: Entities, *, broadcast: bool = False) -> Wire:
    """Returns a Chat; without a title if unknown, since an empty one would rename the chat."""
    entity = entities.get(mark)
    wire: Wire = {"id": mark, "type": _chat_type(mark, entity, broadcast)}
    if wire["type"] != "private" and entity is not None:
        wire |= {"title": entity.title, **_username(entity)}
    if getattr(entity, "forum", None):
        wire["is_forum"] = True
    return wire


def _chat_type(mark: int, entity: Any, broadcast: bool) -> str:
    if mark > 0:
        return "private"
    if mark > -SUPERGROUP_BASE:
        return "group"
    if entity is None:
        return "channel" if broadcast else "supergroup"
    return "supergroup" if entity.megagroup or getattr(entity, "gigagroup", None) else "channel"


def entity_objects(found: Any, entities: Entities, self_id: int) -> list[Wire]:
    """Returns MessageEntity objects. Offsets are UTF-16 code units in both APIs; kinds only in MTProto are left out."""
    return [_entity_object(item, entities, self_id) for item in found or () if kind_of(item) in ENTITY_TYPES]


def _entity_object(entity: Any, entities: Entities, self_id: int) -> Wire:
    wire: Wire = {"type": ENTITY_TYPES[kind_of(entity)], "offset": entity.offset, "length": entity.length}
    if wire["type"] == "text_link":
        wire["url"] = entity.url
    elif wire["type"] == "text_mention":
        wire["user"] = user_object(int(entity.user_id), entities, self_id)
    elif wire["type"] == "custom_emoji":
        wire["custom_emoji_id"] = str(entity.document_id)
    return wire


def member_object(participant: Any, user: Wire) -> Wire:
    """Returns a ChatMember; without a participant, one who left."""
    if participant is None:
        return {"user": user, "status": "left"}
    if kind_of(participant) != "ChannelParticipantBanned":
        return {"user": user, "status": MEMBER_STATES[kind_of(participant)]}
    rights = participant.banned_rights
    if rights.view_messages:
        return {"user": user, "status": "kicked", "until_date": _seconds(rights.until_date)}
    return {
        "user": user,
        "status": "restricted",
        "is_member": not participant.left,
        "can_send_messages": not (rights.send_messages or rights.send_plain),
        "until_date": _seconds(rights.until_date),
    }


def _seconds(date: Any) -> int:
    """Returns Unix seconds; 0 for a restriction without an end."""
    return int(date.timestamp()) if date is not None and date.year > 1970 else 0
