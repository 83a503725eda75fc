"""Places that Telegram refuses, for operators: which rest, and trying one at once."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.domain.ports import Clock
from app.repositories.fleet import rests
from app.repositories.fleet.rests import RestRecord

__all__ = ["LISTED", "RestRecord", "list_rests", "try_now"]

LISTED = 200

log = structlog.get_logger()


def list_rests(
    sessions: SessionFactory, clock: Clock, bot_id: int | None = None, chat_id: int | None = None
) -> Sequence[RestRecord]:
    """Returns the newest 200 places that rest, of one bot or one chat only if given."""
    with sessions() as session:
        return rests.list_resting(session, clock.now(), LISTED, bot_id, chat_id)


def try_now(sessions: SessionFactory, clock: Clock, rest_id: int, operator: str) -> RestRecord:
    """Ends a rest, so that the next turn tries the place again, and returns it. Raises NotFound when it is over."""
    with sessions.begin() as session:
        ended = rests.end_now(session, rest_id, clock.now())
    if ended is None:
        raise NotFound("This does not rest any more.")
    log.info("place_tried_again", bot=ended.bot_id, chat=ended.chat_id, reason=ended.reason, username=operator)
    return ended
