"""Telegram, as services see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """What getMe tells of a token."""

    telegram_user_id: int
    username: str
    display_name: str
    reads_all_messages: bool


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """What getChat tells of a chat; `members_may_send` is what its permissions say of everybody without own rights."""

    telegram_chat_id: int
    title: str
    type: str
    members_may_send: bool = True


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """What getChatMember tells of an account: its status in Telegram's word, and whether it is not muted itself."""

    status: str
    may_send: bool


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """What getWebhookInfo tells: the address (empty without one), updates that wait, and what went wrong last."""

    url: str
    pending: int
    last_error: str | None


class Telegram(Protocol):
    """The Bot API, one call a method. Every method raises TelegramError's subclasses and nothing else."""

    def get_me(self, token: str) -> BotIdentity:
        """Who the token belongs to."""
        ...

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """Title and type of a chat the bot is in."""
        ...

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        """An account's place and rights in a chat the bot is in."""
        ...

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        """Shows "… is typing" for 5 seconds."""
        ...

    def send_message(
        self,
        token: str,
        telegram_chat_id: int,
        text: str,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> int:
        """Sends plain text and returns the new message's id."""
        ...

    def set_webhook(self, token: str, url: str, secret: str, allowed_updates: Sequence[str]) -> None:
        """Has the bot's updates delivered to `url`, with `secret` in a header."""
        ...

    def delete_webhook(self, token: str) -> None:
        """Returns to getUpdates; what waits is kept."""
        ...

    def get_webhook_info(self, token: str) -> WebhookInfo:
        """Where the bot's updates are delivered, and how that goes."""
        ...

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        """Puts the bot's reaction on a message, in the place of an earlier one of this bot."""
        ...

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        """Fills the menu of the bot's commands, each with its description, for people of one language or of any."""
        ...


@dataclass(frozen=True, slots=True)
class PolledBot:
    """A bot to poll: `offset` is the first update id that is not stored yet."""

    bot_id: int
    token: str
    offset: int


@dataclass(frozen=True, slots=True)
class ListenedBot:
    """A bot to hear over MTProto: its own user id, its token, and the session of its last connection."""

    bot_id: int
    telegram_user_id: int
    token: str = field(repr=False)
    session: str | None = field(repr=False)
