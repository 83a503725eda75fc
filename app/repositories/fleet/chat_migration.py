"""A group that got another id: it lives on under the new one, with its history. The one place that follows it.

A send may hear of it first, or an update; both come here, one after the other, and the second finds it done.
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
    """Gives a known chat its new Telegram id; whether the group is one chat here, under its new id, from now on.

    A chat that updates from the new group made known meanwhile is absorbed: who is there, what was said, who wants to
    be left alone and which feeds it hears come along; what operators chose for the old one stays. If bots spoke in it
    already, it stays as it is, and the old one is paused with the reason. Nobody works in the inbox meanwhile, so wait
    for it before anything else of the transaction is locked.
    """
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    try:
        with session.begin_nested():
            return _follow(session, old_telegram_chat_id, new_telegram_chat_id)
    except IntegrityError:
        # Somebody made the new one known between the two looks, and has committed: now it is seen.
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
