"""What a listener keeps of each bot: whose lease it is under, and its MTProto session."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class ListenTarget:
    """A bot of the fleet with its encrypted token and session."""

    bot_id: int
    telegram_user_id: int
    token_encrypted: str
    session_encrypted: str | None


def list_targets(session: Session, listener: str) -> list[ListenTarget]:
    """The bots that `listener` holds the lease of, broken ones left out: a paused bot still hears."""
    rows = session.execute(
        text(
            "select id as bot_id, telegram_user_id, token_encrypted, session_encrypted from bots"
            " where status <> 'broken' and polled_by = :listener order by id"
        ),
        {"listener": listener},
    )
    return [ListenTarget(**row._mapping) for row in rows]


def keep_session(session: Session, bot_id: int, session_encrypted: str | None) -> None:
    """Stores a bot's session in the place of an older one; None forgets it."""
    session.execute(
        text("update bots set session_encrypted = :session where id = :bot_id"),
        {"session": session_encrypted, "bot_id": bot_id},
    )
