"""Changes of a membership after a send: its end, or a lower rate."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session


def end_membership(session: Session, bot_id: int, chat_id: int, status: str, reason: str) -> None:
    """Ends a membership (`kicked`, `left`, `muted`): the bot sends nothing there until it is active again."""
    session.execute(
        text(
            "update memberships set status = :status, status_reason = :reason"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "status": status, "reason": reason},
    )


def slow_down(session: Session, bot_id: int, chat_id: int, rate_factor: float, until: dt.datetime) -> None:
    """Stores a 429: the bot's sends to this chat wait until `until` and go on at `rate_factor`."""
    session.execute(
        text(
            "update memberships set rate_factor = :rate_factor, rate_limited_until = :until"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "rate_factor": rate_factor, "until": until},
    )
