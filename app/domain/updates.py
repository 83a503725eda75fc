"""Reading a Telegram update: https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HIDDEN = re.compile(r"[\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
"""Zero-width and tag characters: nobody sees them, a model reads them."""

MEMBER_STATES = {
    "member": "active",
    "administrator": "active",
    "creator": "active",
    "restricted": "muted",
    "left": "left",
    "kicked": "kicked",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote a message (or a caption) in a group. Ids are Telegram's, `sent_at` is UTC."""

    telegram_chat_id: int
    telegram_message_id: int
    telegram_user_id: int
    username: str | None
    display_name: str
    text: str
    sent_at: dt.datetime
    reply_to: int | None
    thread_id: int | None
    outcome: str = "message"


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed a message."""

    telegram_chat_id: int
    telegram_message_id: int
    text: str
    outcome: str = "edited"


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot's own place in a chat changed, to `status`."""

    telegram_chat_id: int
    title: str
    status: str
    outcome: str = "membership"


@dataclass(frozen=True, slots=True)
class Unusable:
    """An update that tells nothing Chorus uses, and why."""

    outcome: str
    telegram_chat_id: int | None = None


Update = Said | Edited | Joined | Unusable


def parse_update(update: Mapping[str, Any]) -> Update:
    """What an update tells. Never raises: what is not an update at all is Unusable with the field that is wrong."""
    try:
        if "message" in update:
            return _said(update["message"])
        if "edited_message" in update:
            edited = update["edited_message"]
            return Edited(int(edited["chat"]["id"]), int(edited["message_id"]), _text(edited) or "")
        if "my_chat_member" in update:
            return _joined(update["my_chat_member"])
    except KeyError as error:
        return Unusable(f"malformed:{str(error.args[0])[:40]}")
    except (TypeError, ValueError, AttributeError, OverflowError, OSError):
        return Unusable("malformed")
    return Unusable("unused_kind")


def _said(message: Mapping[str, Any]) -> Update:
    chat = message["chat"]
    if chat["type"] != "supergroup":
        return Unusable(f"not_a_supergroup:{str(chat['type'])[:20]}")
    text = _text(message)
    if not text:
        return Unusable("no_text")
    author = message["from"]
    replied = message.get("reply_to_message")
    return Said(
        telegram_chat_id=int(chat["id"]),
        telegram_message_id=int(message["message_id"]),
        telegram_user_id=int(author["id"]),
        username=author.get("username"),
        display_name=_name(author),
        text=text,
        sent_at=dt.datetime.fromtimestamp(int(message["date"]), dt.UTC),
        reply_to=int(replied["message_id"]) if replied else None,
        thread_id=message.get("message_thread_id"),
    )


def _joined(change: Mapping[str, Any]) -> Update:
    chat = change["chat"]
    if chat["type"] != "supergroup":
        return Unusable(f"not_a_supergroup:{str(chat['type'])[:20]}")
    status = MEMBER_STATES[change["new_chat_member"]["status"]]
    if status == "muted" and change["new_chat_member"].get("can_send_messages"):
        status = "active"
    return Joined(int(chat["id"]), str(chat["title"]), status)


def _text(message: Mapping[str, Any]) -> str:
    text = message.get("text") or message.get("caption") or ""
    return HIDDEN.sub("", str(text)).replace("\x00", "").strip()


def _name(author: Mapping[str, Any]) -> str:
    full = f"{author.get('first_name', '')} {author.get('last_name') or ''}"
    return HIDDEN.sub("", full).replace("\x00", "").strip() or "someone"


def storable(value: Any) -> Any:
    """`value` (any JSON) without what Postgres cannot store: NUL, half characters, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item) for item in value]
    return value
