"""Parsing of Telegram updates: https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.ingest.invisible import strip_unseen
from app.domain.ingest.numbers import read_id, read_supergroup_id, read_time
from app.domain.ingest.speakers import find_speaker, is_post
from app.domain.json_text import BIGGEST

MEMBER_STATES = {
    "member": "active",
    "administrator": "active",
    "creator": "active",
    "restricted": "muted",
    "left": "left",
    "kicked": "kicked",
}
ADMIN_STATES = frozenset({"administrator", "creator"})

ALLOWED_UPDATES = ("message", "edited_message", "my_chat_member")
"""The update kinds to request: https://core.telegram.org/bots/api#getupdates"""

IGNORED_KINDS = frozenset({"message_reaction", "message_reaction_count"})
"""Known update kinds that Chorus does not use."""

UNRECOGNISED_OUTCOMES = ("malformed", "unknown", "failed", "basic_group")
"""First words of the outcomes that an operator should check."""


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message that a reply answers, as Telegram quotes it: id, author and text."""

    telegram_message_id: int
    telegram_user_id: int
    text: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A new message (or caption) in a group. Ids are Telegram's, `sent_at` is UTC.

    `telegram_user_id` is who speaks: a user, or with a negative id the channel or group in whose name it is said.
    `is_shared` is True where that is nobody in particular, as the anonymous admins of a group, and `is_post` where a
    channel's post came by itself into its discussion group. `thread_id` is a forum's topic. `from_bot` is True for
    bots, ours or others.
    """

    telegram_chat_id: int
    telegram_message_id: int
    telegram_user_id: int
    username: str | None
    display_name: str
    text: str
    sent_at: dt.datetime
    reply_to: int | None
    thread_id: int | None
    quoted: QuotedMessage | None = None
    from_bot: bool = False
    is_shared: bool = False
    is_post: bool = False
    outcome: str = "message"


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """An edited message of a person; `edited_at` (UTC) if Telegram says when."""

    telegram_chat_id: int
    telegram_message_id: int
    text: str
    edited_at: dt.datetime | None = None
    outcome: str = "edited"


@dataclass(frozen=True, slots=True)
class OwnMembershipChanged:
    """The bot's own membership in a chat changed to `status`."""

    telegram_chat_id: int
    title: str
    status: str
    is_admin: bool = False
    outcome: str = "membership"


@dataclass(frozen=True, slots=True)
class MembersChanged:
    """People or bots joined a chat (`present`) or left it."""

    telegram_chat_id: int
    telegram_user_ids: tuple[int, ...]
    present: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class GroupMigrated:
    """A basic group became the supergroup `telegram_chat_id`."""

    telegram_chat_id: int
    old_telegram_chat_id: int
    title: str
    outcome: str = "migrated"


@dataclass(frozen=True, slots=True)
class IgnoredUpdate:
    """An update that Chorus does not use, and the reason."""

    outcome: str
    telegram_chat_id: int | None = None


Update = MessageReceived | MessageEdited | OwnMembershipChanged | MembersChanged | GroupMigrated | IgnoredUpdate


def parse_update(update: Mapping[str, Any]) -> Update:
    """Parses an update. Never raises: a malformed one is ignored, naming the field that is wrong."""
    try:
        for kind, read in READERS.items():
            if kind in update:
                return read(update[kind])
        return _unread(update)
    except KeyError as error:
        return IgnoredUpdate(f"malformed:{str(error.args[0])[:40]}")
    except (TypeError, ValueError, AttributeError, OverflowError, OSError):
        return IgnoredUpdate("malformed")


def _unread(update: Mapping[str, Any]) -> Update:
    """Returns an ignored update for an unused kind; an unknown kind is named."""
    kind = next((str(name) for name in update if name != "update_id"), "nothing")
    return IgnoredUpdate(f"{'ignored' if kind in IGNORED_KINDS else 'unknown'}:{kind[:40]}")


def _message(message: Mapping[str, Any]) -> Update:
    migrated = _migrated(message)
    if migrated:
        return migrated
    chat = message["chat"]
    refusal = _refuse(chat)
    if refusal:
        return refusal
    if message.get("new_chat_members"):
        ids = tuple(read_id(user["id"]) for user in message["new_chat_members"])
        return MembersChanged(read_supergroup_id(chat["id"]), ids, True, "joined")
    if message.get("left_chat_member"):
        return MembersChanged(
            read_supergroup_id(chat["id"]), (read_id(message["left_chat_member"]["id"]),), False, "left"
        )
    return _said(message)


def _migrated(message: Mapping[str, Any]) -> GroupMigrated | None:
    """Parses a migration; both sides send it: the basic group names the new chat, the supergroup the old one."""
    chat = message["chat"]
    if "migrate_to_chat_id" in message:
        return GroupMigrated(
            read_supergroup_id(message["migrate_to_chat_id"]), read_id(chat["id"]), strip_unseen(str(chat["title"]))
        )
    if "migrate_from_chat_id" in message:
        return GroupMigrated(
            read_supergroup_id(chat["id"]), read_id(message["migrate_from_chat_id"]), strip_unseen(str(chat["title"]))
        )
    return None


def _refuse(chat: Mapping[str, Any]) -> IgnoredUpdate | None:
    """Ignores all but supergroups: in a basic group, message ids differ between accounts."""
    if chat["type"] == "supergroup":
        return None
    if chat["type"] == "group":
        return IgnoredUpdate("basic_group", read_id(chat["id"]))
    return IgnoredUpdate(f"not_a_supergroup:{str(chat['type'])[:20]}")


def _said(message: Mapping[str, Any]) -> Update:
    text = _text(message)
    if not text:
        return IgnoredUpdate("no_text")
    speaker = find_speaker(message)
    thread_id = message.get("message_thread_id") if message.get("is_topic_message") else None
    replied = message.get("reply_to_message")
    if replied and thread_id is not None and replied["message_id"] == thread_id:
        replied = None  # every message of a topic quotes the message that opened it
    return MessageReceived(
        telegram_chat_id=read_supergroup_id(message["chat"]["id"]),
        telegram_message_id=read_id(message["message_id"]),
        telegram_user_id=read_id(speaker.id),
        username=_word(speaker.username),
        display_name=speaker.name,
        text=text,
        sent_at=read_time(message["date"]),
        reply_to=read_id(replied["message_id"]) if replied else None,
        thread_id=None if thread_id is None else read_id(thread_id),
        quoted=_quoted(replied) if replied else None,
        from_bot=speaker.is_bot,
        is_shared=speaker.is_shared,
        is_post=is_post(message),
    )


def _quoted(replied: Mapping[str, Any]) -> QuotedMessage | None:
    if not (replied.get("from") or replied.get("sender_chat")):
        return None
    return QuotedMessage(read_id(replied["message_id"]), read_id(find_speaker(replied).id), _text(replied))


def _edited(message: Mapping[str, Any]) -> Update:
    chat = message["chat"]
    refusal = _refuse(chat)
    if refusal:
        return refusal
    at = read_time(message["edit_date"]) if message.get("edit_date") else None
    return MessageEdited(read_supergroup_id(chat["id"]), read_id(message["message_id"]), _text(message), at)


def _joined(change: Mapping[str, Any]) -> Update:
    chat = change["chat"]
    refusal = _refuse(chat)
    if refusal:
        return refusal
    member = change["new_chat_member"]
    status = MEMBER_STATES[member["status"]]
    if status == "muted" and member.get("is_member") is False:
        status = "left"
    elif status == "muted" and member.get("can_send_messages"):
        status = "active"
    return OwnMembershipChanged(
        read_supergroup_id(chat["id"]), strip_unseen(str(chat["title"])), status, member["status"] in ADMIN_STATES
    )


READERS: Mapping[str, Callable[[Mapping[str, Any]], Update]] = {
    "message": _message,
    "edited_message": _edited,
    "my_chat_member": _joined,
}


def message_key(update: Mapping[str, Any]) -> tuple[int, int] | None:
    """Returns Telegram's ids of the chat and the message in this update; None when it is no new message.

    Cheap, as it is called for every update before it is stored: it reads two numbers only.
    """
    message = update.get("message")
    chat = message.get("chat") if isinstance(message, Mapping) else None
    if (
        not isinstance(message, Mapping)
        or not isinstance(chat, Mapping)
        or not ("text" in message or "caption" in message)
    ):
        return None
    key = (chat.get("id"), message.get("message_id"))
    if all(type(number) is int and abs(number) <= BIGGEST for number in key):
        return key  # type: ignore[return-value]
    return None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text") or message.get("caption") or ""
    if not isinstance(text, str):
        raise TypeError("the text is no text")
    return strip_unseen(text).strip()
