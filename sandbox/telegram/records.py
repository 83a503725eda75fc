"""Records of the sandbox: bots, people, chats and their messages, in memory."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.updates import UpdateQueue

Wire = dict[str, Any]
"""An object in the Bot API's JSON form."""

PRESENT = frozenset({"creator", "administrator", "member", "restricted"})
ADMINS = frozenset({"creator", "administrator"})


@dataclass(slots=True)
class Person:
    """A human account, or with a negative id a channel that somebody speaks for."""

    id: int
    first_name: str
    username: str | None = None


@dataclass(slots=True)
class Webhook:
    """A bot's webhook. Its address and secret are not in the journal."""

    url: str
    secret_token: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass
class Bot:
    """A bot account. Its token is in the state alone."""

    id: int
    username: str
    first_name: str
    can_read_all_group_messages: bool = True
    revoked: bool = False
    banned: bool = False
    queue: UpdateQueue = field(default_factory=UpdateQueue)
    webhook: Webhook | None = None
    commands: dict[str, list[Wire]] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    """A membership. `sees_all` is fixed when a bot joins: privacy mode changes take effect on joining again."""

    status: str
    sees_all: bool = True

    @property
    def present(self) -> bool:
        """Whether the user is in the chat now, rather than left or kicked."""
        return self.status in PRESENT


@dataclass
class Chat:
    """A group or supergroup with its messages. Message ids rise."""

    id: int
    title: str
    type: str
    members: dict[int, Member] = field(default_factory=dict)
    bot_ids: set[int] = field(default_factory=set)
    messages: dict[int, Wire] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    reactions: dict[int, dict[int, str]] = field(default_factory=dict)
    migrated_to: int | None = None
    members_may_send: bool = True

    def may_send(self, user_id: int) -> bool:
        """Whether a member may write: not while restricted, and as a plain member only if the chat permits it."""
        status = self.members[user_id].status
        return status in ADMINS or (status == "member" and self.members_may_send)

    @property
    def is_basic(self) -> bool:
        """Whether it is a basic group, which can become a supergroup."""
        return self.type == "group"

    def present_ids(self) -> list[int]:
        """Ids of all present members, bots included."""
        return [user_id for user_id, member in self.members.items() if member.present]

    def store(self, message: Wire) -> None:
        """Stores a new message, or replaces one by its edited form."""
        if message["message_id"] not in self.messages:
            self.order.append(message["message_id"])
        self.messages[message["message_id"]] = message

    def messages_after(self, message_id: int, limit: int) -> list[Wire]:
        """Returns up to `limit` messages with ids above `message_id`, oldest first; deleted ones are left out."""
        found: list[Wire] = []
        for number in self.order[bisect_right(self.order, message_id) :]:
            if len(found) == limit:
                break
            if number in self.messages:
                found.append(self.messages[number])
        return found
