"""Bots that are out of service because of their token."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

BREAK = text("""
    update bots set status = 'broken', status_reason = :reason
    where id = :id and (status <> 'broken' or status_reason is distinct from :reason)
      and token_encrypted = coalesce(:token, token_encrypted)
""")


def break_bot(session: Session, bot_id: int, reason: str, token: str | None = None) -> None:
    """Marks a bot as broken because its token does not work, with a reason for its page.

    With `token` (encrypted), only while that one is still stored.
    """
    session.execute(BREAK, {"id": bot_id, "reason": reason, "token": token})


def tell_of_recovery(session: Session, bot_id: int, reason: str) -> None:
    """Changes the reason of a broken bot; it stays broken until an operator resumes it."""
    session.execute(
        text("update bots set status_reason = :reason where id = :id and status = 'broken'"),
        {"id": bot_id, "reason": reason},
    )
