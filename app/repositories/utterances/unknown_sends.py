"""Sends in state `unknown` (delivered or not), for operators to decide."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.behaviour.trace import Step
from app.repositories.utterances.sql import write


@dataclass(frozen=True, slots=True)
class UnknownSend:
    """An unknown send; `send_at` is when it was due, `reason` why the outcome is unknown."""

    id: int
    bot_id: int
    bot_name: str
    chat_id: int
    chat_title: str
    kind: str
    urgency: str
    text: str | None
    emoji: str | None
    reason: str | None
    send_at: dt.datetime | None
    finished_at: dt.datetime | None
    target_author: str | None
    target_text: str | None


LIST = text("""
    select u.id, u.bot_id, b.display_name as bot_name, u.chat_id, c.title as chat_title, u.kind, u.urgency, u.text,
           u.emoji, u.reason, u.send_at, u.finished_at,
           coalesce(p.display_name, w.display_name) as target_author, left(g.text, 200) as target_text
    from utterances u join bots b on b.id = u.bot_id join chats c on c.id = u.chat_id
    left join messages g on g.id = u.target_message_id
    left join people p on p.id = g.person_id left join bots w on w.id = g.bot_id
    where u.state = 'unknown' order by u.planned_at desc, u.id desc limit :limit
""")

RESEND = write(
    "resend",
    """
    update utterances set state = {new}, reason = null, finished_at = null, lease_until = null, planned_at = :now,
        available_at = :now, typing_at = :now, send_at = :now, notes = notes || cast(:note as jsonb)
    where id = :id and state {old} returning id
    """,
)

DISMISS = write(
    "dismiss",
    """
    with dismissed as (
        update utterances set state = {new}, reason = 'dismissed', notes = notes || cast(:note as jsonb)
        where id = :id and state {old} returning id, mention_id
    ), closed as (
        update mentions n set status = 'expired', reason = 'dismissed' from dismissed d
        where n.id = d.mention_id and n.status = 'pending'
    )
    select id from dismissed
    """,
)


def list_unknown(session: Session, limit: int) -> Sequence[UnknownSend]:
    """Returns the last unknown sends, the newest first."""
    return [UnknownSend(**row._mapping) for row in session.execute(LIST, {"limit": limit})]


def count_unknown(session: Session) -> int:
    """Counts the unknown sends."""
    return session.scalar(text("select count(*) from utterances where state = 'unknown'")) or 0


def resend(session: Session, utterance_id: int, note: Step, now: dt.datetime) -> bool:
    """Makes an unknown send `ready` again as if new; False when it is not `unknown` (any more).

    Raises IntegrityError when its bot has another open utterance, or another bot has the chat's floor.
    """
    params = {"id": utterance_id, "now": now, "note": json.dumps([note.as_json()])}
    return session.scalar(RESEND, params) is not None


def dismiss(session: Session, utterance_id: int, note: Step) -> bool:
    """Ends an unknown send and expires its mention, so no second answer; False when it is not `unknown` (any more)."""
    params = {"id": utterance_id, "note": json.dumps([note.as_json()])}
    return session.scalar(DISMISS, params) is not None
