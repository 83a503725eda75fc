"""One Bot API call: its bot, its parameters, and the checks that most methods share."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import ApiError, bad_request, too_many_requests
from sandbox.telegram.limits import Banned
from sandbox.telegram.params import Params
from sandbox.telegram.records import Bot, Chat
from sandbox.telegram.state import State


@dataclass(slots=True)
class Call:
    """A call of `method` (canonical name) by `bot`.

    `change` is the event that the call's own journal line carries, so that acceptance and effect are one write.
    """

    state: State
    bot: Bot
    token: str
    method: str
    params: Params
    faults: list[str] = field(default_factory=list)
    change: dict[str, Any] | None = None

    @property
    def chat_id(self) -> int | None:
        """The chat id of the call, if it is a number."""
        return self.params.integer("chat_id")

    @property
    def token_is_valid(self) -> bool:
        """False once the token was revoked or replaced."""
        return self.state.bot_by_token(self.token) is self.bot

    def chat(self) -> Chat:
        """Returns the chat of the call, of which the bot is a member.

        Raises 400 for an unknown or migrated chat, 403 for one the bot left or was kicked from.
        """
        chat_id = self.chat_id
        chat = self.state.chat(chat_id) if chat_id is not None else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise migrated(chat.migrated_to)
        member = chat.members.get(self.bot.id)
        if member is not None and member.status == "kicked":
            raise kicked(chat)
        if member is None or not member.present:
            raise ApiError(403, f"bot is not a member of the {chat.type} chat")
        return chat

    def charge_message(self, chat: Chat) -> None:
        """Counts a message or an edit in the flood limits. Raises 429, or 403 for a banned bot."""
        self._charge(chat)

    def charge_action(self) -> None:
        """Counts a call that is no message in the limit over all chats. Raises 429, or 403 for a banned bot."""
        self._charge(None)

    def _charge(self, chat: Chat | None) -> None:
        if self.bot.banned:
            raise ApiError(403, "bot was blocked")
        limits = self.state.limits
        try:
            wait = limits.admit_message(self.bot.id, chat.id) if chat else limits.admit_action(self.bot.id)
        except Banned:
            self.state.commit("ban", bot_id=self.bot.id, chat_id=chat.id if chat else None)
            raise ApiError(403, "bot was blocked") from None
        if wait:
            raise too_many_requests(wait)

    def now(self) -> int:
        """Unix seconds, as dates are on the wire."""
        return int(self.state.clock())


def migrated(to_chat_id: int) -> ApiError:
    """Returns the 400 that names the supergroup a group has become."""
    return ApiError(400, "group chat was upgraded to a supergroup chat", migrate_to_chat_id=to_chat_id)


def kicked(chat: Chat) -> ApiError:
    """Returns the 403 of a kicked bot."""
    return ApiError(403, f"bot was kicked from the {chat.type} chat")
