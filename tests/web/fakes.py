"""A Telegram in memory, for tests of what operators do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import AnotherAccount, Forbidden, NotConnected, RetryAfter, Unauthorized
from app.domain.fleet.accounts import account_of
from app.domain.ports import BotIdentity, ChatInfo, MemberInfo, WebhookInfo


def token_of(number: int) -> str:
    """A well-formed token of the bot with this Telegram id."""
    return f"{number}:{'A' * 35}"


@dataclass
class FakeTelegram:
    """Knows the bots and chats it is told of; everything else is 401 or 403, as on Telegram."""

    bots: dict[str, BotIdentity] = field(default_factory=dict)
    chats: dict[int, ChatInfo] = field(default_factory=dict)
    members: set[tuple[str, int]] = field(default_factory=set)
    away: bool = False
    places: dict[tuple[str, int], MemberInfo] = field(default_factory=dict)
    webhooks: dict[str, WebhookInfo] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    menus: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    refuses_menus: bool = False

    def add_bot(self, number: int, username: str, name: str, *, privacy: bool = False) -> str:
        """Registers a bot and returns its token."""
        self.bots[token_of(number)] = BotIdentity(number, username, name, not privacy)
        return token_of(number)

    def add_chat(self, chat_id: int, title: str, kind: str = "supergroup", members: tuple[str, ...] = ()) -> None:
        """Registers a chat with the bots of these tokens in it."""
        self.chats[chat_id] = ChatInfo(chat_id, title, kind)
        self.members |= {(token, chat_id) for token in members}

    def get_me(self, token: str) -> BotIdentity:
        """Who the token belongs to."""
        if self.away:
            raise NotConnected("Telegram cannot be reached.")
        if token in self.waits:
            raise RetryAfter(self.waits[token])
        if token not in self.bots:
            raise Unauthorized("Unauthorized")
        found = self.bots[token].telegram_user_id
        if found != account_of(token):
            raise AnotherAccount(account_of(token) or 0, found)
        return self.bots[token]

    def get_chat(self, token: str, telegram_chat_id: int) -> ChatInfo:
        """The chat, for its members."""
        if self.away:
            raise NotConnected("Telegram cannot be reached.")
        if (token, telegram_chat_id) not in self.members:
            raise Forbidden("Forbidden: bot is not a member of the supergroup chat")
        return self.chats[telegram_chat_id]

    def send_typing(self, token: str, telegram_chat_id: int) -> None:
        """Operators never make a bot type."""
        raise AssertionError("the admin does not send")

    def send_message(
        self, token: str, telegram_chat_id: int, text: str, reply_to: int | None = None, thread_id: int | None = None
    ) -> int:
        """Operators never make a bot speak."""
        raise AssertionError("the admin does not send")

    def get_chat_member(self, token: str, telegram_chat_id: int, telegram_user_id: int) -> MemberInfo:
        """A plain member, unless a test says otherwise."""
        return self.places.get((token, telegram_chat_id), MemberInfo("member", True))

    def set_webhook(self, token: str, url: str, secret: str, allowed_updates: Sequence[str]) -> None:
        """From now on updates are delivered there."""
        self.webhooks[token], self.secrets[token] = WebhookInfo(url, 0, None), secret

    def delete_webhook(self, token: str) -> None:
        """Nothing is delivered any more."""
        self.webhooks.pop(token, None)

    def get_webhook_info(self, token: str) -> WebhookInfo:
        """Where updates are delivered."""
        return self.webhooks.get(token, WebhookInfo("", 0, None))

    def set_reaction(self, token: str, telegram_chat_id: int, message_id: int, emoji: str) -> None:
        """Operators never make a bot react."""
        raise AssertionError("the admin does not send")

    def set_commands(self, token: str, commands: Mapping[str, str], language: str = "") -> None:
        """The menu that people of a language see."""
        if self.refuses_menus:
            raise RetryAfter(5)
        self.menus[token, language] = commands
