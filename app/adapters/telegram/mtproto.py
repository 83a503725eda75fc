"""Translation of Telethon's MTProto updates into the JSON form of the Bot API, so that one ingest reads both.

Pure: no network, and no import of Telethon (see mtproto_objects.py).

**Update ids.** MTProto has none, so each event gets a hash of its identity: of a message its chat and id; of an edit
also its time and text, since two edits may fall into one second; of a membership its chat, time and `qts`, which
Telegram counts per bot. `pts` would not do: updates fetched again after a gap come without it. The same event received
twice has the same id, and the inbox stores it once. The ids are negative: those of the Bot API are positive, and the
offset of long polling, which only rises, stays valid after a time with Telethon.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from app.adapters.telegram.mtproto_objects import (
    ANONYMOUS_ADMIN,
    CHANNEL_BOT,
    TELEGRAM,
    Entities,
    Wire,
    channel_mark,
    chat_object,
    entity_objects,
    kind_of,
    member_object,
    peer_mark,
    user_object,
)


def translate(event: Any, self_id: int) -> Wire | None:
    """Returns the Bot API update for a Telethon event or a raw TL update; None when there is none.

    `self_id` is the bot's own user id. A malformed object may raise any error.
    """
    update = getattr(event, "original_update", None) or event
    reader = READERS.get(kind_of(update))
    return reader(update, getattr(update, "_entities", None) or {}, self_id) if reader else None


def number_of(*parts: object) -> int:
    """Returns a stable negative id: a 63-bit hash of the parts, in practice without collisions."""
    digest = hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return -1 - (int.from_bytes(digest) >> 1)


def _new_message(update: Any, entities: Entities, self_id: int) -> Wire | None:
    message = update.message
    if kind_of(message) == "MessageEmpty":
        return None
    wire = _message(message, entities, self_id)
    return {"update_id": number_of("message", wire["chat"]["id"], wire["message_id"]), "message": wire}


def _edited_message(update: Any, entities: Entities, self_id: int) -> Wire | None:
    """Translates an edit by its author, not those that Telegram marks as hidden, such as a link's preview."""
    message = update.message
    if kind_of(message) != "Message" or message.edit_date is None or message.edit_hide:
        return None
    wire = _message(message, entities, self_id)
    wire["edit_date"] = int(message.edit_date.timestamp())
    number = number_of("edited", wire["chat"]["id"], wire["message_id"], wire["edit_date"], message.message)
    return {"update_id": number, "edited_message": wire}


def _message(message: Any, entities: Entities, self_id: int) -> Wire:
    mark = peer_mark(message.peer_id)
    wire: Wire = {
        "message_id": message.id,
        "date": int(message.date.timestamp()),
        "chat": chat_object(mark, entities, broadcast=bool(message.post)),
        **_author(message, mark, entities, self_id),
        **_reply(message.reply_to),
    }
    if kind_of(message) == "MessageService":
        return wire | _action(message, entities, self_id)
    return wire | _content(message, entities, self_id)


def _author(message: Any, mark: int, entities: Entities, self_id: int) -> Wire:
    """Returns the sender: without an author the group or channel, in a private chat the other side or the bot."""
    peer = message.from_id
    if kind_of(peer) == "PeerUser":
        return {"from": user_object(int(peer.user_id), entities, self_id)}
    if mark > 0:
        return {"from": user_object(self_id if message.out else mark, entities, self_id)}
    author = peer_mark(peer) if peer is not None else mark
    sender_chat = chat_object(author, entities, broadcast=author != mark or bool(message.post))
    if message.post:
        return {"sender_chat": sender_chat}
    if _is_automatic_forward(message):
        return {"from": dict(TELEGRAM), "sender_chat": sender_chat, "is_automatic_forward": True}
    return {"from": dict(ANONYMOUS_ADMIN if author == mark else CHANNEL_BOT), "sender_chat": sender_chat}


def _is_automatic_forward(message: Any) -> bool:
    """Returns whether a channel's post came by itself into its discussion group: the channel is sender and source."""
    source = message.fwd_from if kind_of(message) == "Message" else None
    if source is None or source.channel_post is None:
        return False
    peers = (message.from_id, source.from_id, source.saved_from_peer)
    return all(kind_of(peer) == "PeerChannel" and peer.channel_id == message.from_id.channel_id for peer in peers)


def _reply(header: Any) -> Wire:
    """Returns the reply and the topic: https://core.telegram.org/api/threads

    A message in a topic that is no reply names the topic's first message.
    """
    if kind_of(header) != "MessageReplyHeader" or header.reply_to_msg_id is None:
        return {}
    wire: Wire = {}
    if header.forum_topic:
        wire = {"message_thread_id": header.reply_to_top_id or header.reply_to_msg_id, "is_topic_message": True}
    if header.reply_to_peer_id is not None or (header.forum_topic and header.reply_to_top_id is None):
        return wire
    return wire | {"reply_to_message": {"message_id": header.reply_to_msg_id}}


def _content(message: Any, entities: Entities, self_id: int) -> Wire:
    captioned = message.media is not None and kind_of(message.media) != "MessageMediaWebPage"
    text, marks = ("caption", "caption_entities") if captioned else ("text", "entities")
    if not message.message:
        return {}
    found = entity_objects(message.entities, entities, self_id)
    return {text: message.message, **({marks: found} if found else {})}


def _action(message: Any, entities: Entities, self_id: int) -> Wire:
    """Translates a service message; empty for kinds that Chorus does not use."""
    action = message.action
    kind = kind_of(action)
    if kind == "MessageActionChatAddUser":
        return {"new_chat_members": [user_object(int(user_id), entities, self_id) for user_id in action.users]}
    if kind in {"MessageActionChatJoinedByLink", "MessageActionChatJoinedByRequest"}:
        return {"new_chat_members": [user_object(peer_mark(message.from_id), entities, self_id)]}
    if kind == "MessageActionChatDeleteUser":
        return {"left_chat_member": user_object(int(action.user_id), entities, self_id)}
    if kind == "MessageActionChatMigrateTo":
        return {"migrate_to_chat_id": channel_mark(int(action.channel_id))}
    if kind == "MessageActionChannelMigrateFrom":
        return {"migrate_from_chat_id": -int(action.chat_id)}
    return {}


def _channel_participant(update: Any, entities: Entities, self_id: int) -> Wire | None:
    return _membership(update, channel_mark(int(update.channel_id)), entities, self_id)


def _chat_participant(update: Any, entities: Entities, self_id: int) -> Wire | None:
    return _membership(update, -int(update.chat_id), entities, self_id)


def _membership(update: Any, mark: int, entities: Entities, self_id: int) -> Wire | None:
    """Translates a change of the bot's own membership; other people's come as service messages."""
    if update.user_id != self_id:
        return None
    user = user_object(self_id, entities, self_id)
    change = {
        "chat": chat_object(mark, entities),
        "from": user_object(int(update.actor_id), entities, self_id),
        "date": int(update.date.timestamp()),
        "old_chat_member": member_object(update.prev_participant, user),
        "new_chat_member": member_object(update.new_participant, user),
    }
    return {"update_id": number_of("member", mark, change["date"], update.qts), "my_chat_member": change}


def _bot_stopped(update: Any, entities: Entities, self_id: int) -> Wire:
    """Translates that somebody blocked or unblocked the bot in their private chat."""
    user = user_object(self_id, entities, self_id)
    old, new = ("member", "kicked") if update.stopped else ("kicked", "member")
    change = {
        "chat": chat_object(int(update.user_id), entities),
        "from": user_object(int(update.user_id), entities, self_id),
        "date": int(update.date.timestamp()),
        "old_chat_member": {"user": user, "status": old},
        "new_chat_member": {"user": user, "status": new},
    }
    return {"update_id": number_of("stopped", update.user_id, change["date"], update.qts), "my_chat_member": change}


READERS: dict[str, Callable[[Any, Entities, int], Wire | None]] = {
    "UpdateNewMessage": _new_message,
    "UpdateNewChannelMessage": _new_message,
    "UpdateEditMessage": _edited_message,
    "UpdateEditChannelMessage": _edited_message,
    "UpdateChannelParticipant": _channel_participant,
    "UpdateChatParticipant": _chat_participant,
    "UpdateBotStopped": _bot_stopped,
}
