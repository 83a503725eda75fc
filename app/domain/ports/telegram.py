"""Protocol of the Telegram Bot API, and the values it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The result of getMe for a token."""

    telegram_user_id: int
    username: str
    display_name: str
    reads_all_messages: bool


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """The result of getChat; `members_may_send` is the chat's default permission for members without own rights."""

    telegram_chat_id: int
    title: str
    type: str
    members_may_send: bool = True


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """The result of getChatMember: the account's status as Telegram names it, and whether it may send itself."""

    status: str
    may_send: bool


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """The result of getWebhookInfo: the URL (empty without one), the pending updates and the last error."""

    url: str
    pending: int
    last_error: str | None


class Telegram(Protocol):
    """The Bot API, one call a method. Every method raises TelegramError's subclasses and nothing else."""

    def get_me(self, token: str) -> BotIdentity:
        """Returns the bot that the token belongs to. Raises AnotherAccount when the answer is about another one."""
        ...

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """Returns title and type of a chat the bot is in."""
        ...

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        """Returns an account's status and rights in a chat the bot is in."""
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
        """Sets the bot's webhook to `url`, with `secret` in a header."""
        ...

    def delete_webhook(self, token: str) -> None:
        """Deletes the webhook, so that getUpdates works again; pending updates are kept."""
        ...

    def get_webhook_info(self, token: str) -> WebhookInfo:
        """Returns the bot's webhook and its state."""
        ...

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        """Sets the bot's reaction to a message; an earlier one of this bot is replaced."""
        ...

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        """Sets the bot's command menu, with descriptions, for users of one language or of any."""
        ...


@dataclass(frozen=True, slots=True)
class PolledBot:
    """A bot to poll, after `rest_s` seconds: `offset` is the first update id that is not stored yet."""

    bot_id: int
    token: str
    offset: int
    rest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ListenedBot:
    """A bot to receive updates for over MTProto: its user id, its token and the session of its last connection."""

    bot_id: int
    telegram_user_id: int
    token: str = field(repr=False)
    session: str | None = field(repr=False)
