"""Migration of a chat to a new Telegram id, keeping its history.

Both sends and updates report it; both call this module, and the second call finds it done.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.repositories.ingest.inbox import LOCK

PAIR = text("""
    select c.id, c.telegram_chat_id, exists (select 1 from utterances u where u.chat_id = c.id) as in_use
    from chats c where c.telegram_chat_id in (:old, :new) order by c.id for update
""")

ABSORB = (
    """
    insert into memberships (bot_id, chat_id, status, status_reason, is_admin, last_spoke_at, joined_at)
    select bot_id, :id, status, status_reason, is_admin, last_spoke_at, joined_at
    from memberships where chat_id = :newcomer
    on conflict (bot_id, chat_id) do update set status = excluded.status, status_reason = excluded.status_reason,
        is_admin = excluded.is_admin
    """,
    """
    with moved as (
        update messages m set chat_id = :id where m.chat_id = :newcomer and not exists (
            select 1 from messages o where o.chat_id = :id and o.telegram_message_id = m.telegram_message_id)
        returning m.id
    )
    update insights i set chat_id = :id from moved where i.message_id = moved.id
    """,
    """
    insert into mutes (chat_id, person_id, bot_id, since)
    select :id, person_id, bot_id, since from mutes where chat_id = :newcomer on conflict do nothing
    """,
    """
    insert into feed_chats (feed_id, chat_id)
    select feed_id, :id from feed_chats where chat_id = :newcomer on conflict do nothing
    """,
    "delete from chats where id = :newcomer",
)


def follow_migration(session: Session, old_telegram_chat_id: int, new_telegram_chat_id: int) -> bool:
    """Gives a stored chat its new Telegram id; returns whether one chat with the new id exists afterwards.

    A chat row already stored under the new id is merged into the old one: memberships, messages, mutes and feeds move;
    the operators' choices for the old one stay. If bots spoke in it already, both rows stay, and the old one is paused
    with the reason. Takes the inbox lock, so call it before the transaction locks anything else.
    """
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    try:
        with session.begin_nested():
            return _follow(session, old_telegram_chat_id, new_telegram_chat_id)
    except IntegrityError:
        # Another transaction inserted the new chat between select and update, and has committed: now it is visible.
        return _follow(session, old_telegram_chat_id, new_telegram_chat_id)


def _follow(session: Session, old_telegram_chat_id: int, new_telegram_chat_id: int) -> bool:
    rows = session.execute(PAIR, {"old": old_telegram_chat_id, "new": new_telegram_chat_id})
    known = {row.telegram_chat_id: row for row in rows}
    old, newcomer = known.get(old_telegram_chat_id), known.get(new_telegram_chat_id)
    if old is None:
        return newcomer is not None
    if newcomer and newcomer.in_use:
        _pause(session, old.id, new_telegram_chat_id)
        return False
    for statement in ABSORB if newcomer else ():
        session.execute(text(statement), {"id": old.id, "newcomer": newcomer.id if newcomer else None})
    statement = "update chats set telegram_chat_id = :new_id where id = :id"
    session.execute(text(statement), {"id": old.id, "new_id": new_telegram_chat_id})
    return True


def _pause(session: Session, chat_id: int, new_telegram_chat_id: int) -> None:
    reason = f"Telegram moved this group to {new_telegram_chat_id}, which is a chat of its own here."
    statement = "update chats set status = 'paused', status_reason = :reason where id = :id"
    session.execute(text(statement), {"id": chat_id, "reason": reason})
