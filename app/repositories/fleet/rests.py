"""Places that refused what bots sent: failures in a row, and rests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.delivery.rests import Place, Standing, after_failure, name_place

SAME = """
    chat_id = :chat_id and bot_id is not distinct from :bot_id and thread_id = :thread_id
    and emoji is not distinct from :emoji
"""

FIND = text(f"select failures, rests, rests_until from rests where {SAME} for update")  # noqa: S608 - ours

UPDATE = text(f"""
    update rests set failures = :failures, rests = :rests, rests_until = :rests_until, reason = :reason,
        failed_at = :now
    where {SAME} returning id
""")  # noqa: S608 - ours

INSERT = text("""
    insert into rests (chat_id, bot_id, thread_id, emoji, failures, rests, rests_until, reason, failed_at)
    values (:chat_id, :bot_id, :thread_id, :emoji, :failures, :rests, :rests_until, :reason, :now)
    on conflict do nothing
""")

END_TEXT = text("""
    delete from rests where bot_id = :bot_id and chat_id = :chat_id and thread_id in (-1, :thread_id)
""")

END_REACTION = text("""
    delete from rests where chat_id = :chat_id and bot_id is null and emoji in ('*', :emoji)
""")

SHOWN = """
    select r.id, r.bot_id, b.display_name as bot_name, r.chat_id, c.title as chat_title, r.thread_id, r.emoji,
           r.failures, r.reason, r.failed_at, r.rests_until
    from rests r join chats c on c.id = r.chat_id left join bots b on b.id = r.bot_id
"""

LIST = text(f"""{SHOWN}
    where r.rests_until > :now and (cast(:chat_id as bigint) is null or r.chat_id = :chat_id)
      and (cast(:bot_id as bigint) is null or r.bot_id = :bot_id or (r.bot_id is null and exists (
           select 1 from memberships m where m.bot_id = :bot_id and m.chat_id = r.chat_id)))
    order by r.failed_at desc, r.id desc limit :limit
""")  # noqa: S608 - ours

FIND_RESTING = text(f"{SHOWN} where r.id = :id and r.rests_until > :now for update of r")

END_NOW = text("update rests set rests_until = :now where id = :id")


@dataclass(frozen=True, slots=True)
class RestRecord:
    """A place that rests, with Telegram's last words as the `reason`; of reactions, which no bot may set, no bot."""

    id: int
    bot_id: int | None
    bot_name: str | None
    chat_id: int
    chat_title: str
    thread_id: int
    emoji: str | None
    failures: int
    reason: str
    failed_at: dt.datetime
    rests_until: dt.datetime

    @property
    def place(self) -> str:
        """Returns what rests, in words."""
        return name_place(self.thread_id, self.emoji)


def note_failure(session: Session, place: Place, reason: str, now: dt.datetime) -> Standing:
    """Counts a permanent failure at a place and returns how it stands now."""
    key = {"chat_id": place.chat_id, "bot_id": place.bot_id, "thread_id": place.thread_id, "emoji": place.emoji}
    row = session.execute(FIND, key).one_or_none()
    standing = after_failure(Standing(**row._mapping) if row else Standing(), place, now)
    values = {"failures": standing.failures, "rests": standing.rests, "rests_until": standing.rests_until}
    session.execute(UPDATE if row else INSERT, {**key, **values, "reason": reason, "now": now})
    return standing


def end_of_text(session: Session, bot_id: int, chat_id: int, thread_id: int) -> None:
    """Forgets the failures of a bot in a topic and in its whole chat: it just sent a text there."""
    session.execute(END_TEXT, {"bot_id": bot_id, "chat_id": chat_id, "thread_id": thread_id})


def end_of_reaction(session: Session, chat_id: int, emoji: str) -> None:
    """Forgets the failures of an emoji in a chat: it was just taken there."""
    session.execute(END_REACTION, {"chat_id": chat_id, "emoji": emoji})


def list_resting(
    session: Session, now: dt.datetime, limit: int, bot_id: int | None = None, chat_id: int | None = None
) -> Sequence[RestRecord]:
    """Returns the places that rest, of one bot or chat only if given, the last failure first."""
    rows = session.execute(LIST, {"now": now, "limit": limit, "bot_id": bot_id, "chat_id": chat_id})
    return [RestRecord(**row._mapping) for row in rows]


def end_now(session: Session, rest_id: int, now: dt.datetime) -> RestRecord | None:
    """Ends a rest and returns it; the next failure begins a longer one. None when it is over already."""
    row = session.execute(FIND_RESTING, {"id": rest_id, "now": now}).one_or_none()
    if row is None:
        return None
    session.execute(END_NOW, {"id": rest_id, "now": now})
    return RestRecord(**row._mapping)
