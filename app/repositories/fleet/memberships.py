"""What sends teach about a bot in a chat: that it may not speak there, or how fast."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session


def end_membership(session: Session, bot_id: int, chat_id: int, status: str, reason: str) -> None:
    """Ends a membership (`kicked`, `left`, `muted`): the bot says nothing there until it is let in again."""
    session.execute(
        text(
            "update memberships set status = :status, status_reason = :reason"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "status": status, "reason": reason},
    )


def slow_down(session: Session, bot_id: int, chat_id: int, rate_factor: float, until: dt.datetime) -> None:
    """After a 429: whatever the bot has for this chat waits until then, and goes on at `rate_factor`."""
    session.execute(
        text(
            "update memberships set rate_factor = :rate_factor, rate_limited_until = :until"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "rate_factor": rate_factor, "until": until},
    )
