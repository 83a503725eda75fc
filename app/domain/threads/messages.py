"""The message type of the linker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of a chat. `seconds` count from any one epoch, `reply_to` is the id that its author replied to.

    `author` is a display name or nick, the same for all messages of one person; `username` is without the "@". A
    service message (somebody joined, a new title) belongs to no conversation.
    """

    id: int
    author: str
    text: str
    seconds: float
    reply_to: int | None = None
    username: str = ""
    is_service: bool = False
