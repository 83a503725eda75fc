"""Who speaks in a Telegram message: https://core.telegram.org/bots/api#message"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.ingest.invisible import strip_unseen

GROUP_ACCOUNT, CHANNEL_ACCOUNT, TELEGRAM_ACCOUNT = 1087968824, 136817688, 777000
STAND_INS = frozenset({GROUP_ACCOUNT, CHANNEL_ACCOUNT, TELEGRAM_ACCOUNT})
"""Telegram's accounts that stand for anonymous admins, channels, and a channel's posts in its discussion group.

Everybody shares them: who speaks is the chat in `sender_chat` (https://core.telegram.org/bots/api#message).
"""

SOMEONE = "someone"
"""The name of a person whose name is empty or not known."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks in a message: a user, or with a negative id a channel or a group; see `MessageReceived`."""

    id: int
    username: str | None
    name: str
    is_bot: bool
    is_shared: bool


def find_speaker(message: Mapping[str, Any]) -> Speaker:
    """Returns the chat in whose name a message is said, else its author. Raises KeyError without either.

    `author_signature`, an admin's title, is left out: it names nobody, and the chat's name would change with it.
    """
    chat = _speaking_chat(message)
    if type(chat.get("id")) is int:
        shared = chat["id"] == message.get("chat", {}).get("id")
        return Speaker(chat["id"], chat.get("username"), clean_name(str(chat.get("title") or "")), False, shared)
    author = message["from"]
    stands_in = author["id"] in STAND_INS
    is_bot = bool(author.get("is_bot") or message.get("sender_business_bot")) and not stands_in
    full = f"{author.get('first_name', '')} {author.get('last_name') or ''}"
    name = str(chat.get("title") or "") if chat and author.get("is_bot") else full
    return Speaker(author["id"], author.get("username"), clean_name(name), is_bot, stands_in)


def _speaking_chat(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the chat in whose name a message is said; for a post without it, the channel it came from."""
    chat = message.get("sender_chat")
    if not chat and _account(message).get("id") == TELEGRAM_ACCOUNT:
        chat = message.get("forward_origin", {}).get("chat") or message.get("forward_from_chat")
    return chat if isinstance(chat, Mapping) else {}


def is_post(message: Mapping[str, Any]) -> bool:
    """Returns whether this is a channel's post that came by itself into its discussion group."""
    return bool(message.get("is_automatic_forward")) or _account(message).get("id") == TELEGRAM_ACCOUNT


def _account(message: Mapping[str, Any]) -> Mapping[str, Any]:
    account = message.get("from")
    return account if isinstance(account, Mapping) else {}


def clean_name(full: str) -> str:
    """Returns a name without unseen characters, SOMEONE if nothing is left."""
    return strip_unseen(full).strip() or SOMEONE
