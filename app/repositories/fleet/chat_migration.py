"""A group that got another id: it lives on under the new one, with its history."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

NEWCOMER = text("""
    select c.id, exists (select 1 from utterances u where u.chat_id = c.id) as in_use
    from chats c where c.telegram_chat_id = :new_id and c.id <> :id for update
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
    update messages m set chat_id = :id where m.chat_id = :newcomer and not exists (
        select 1 from messages o where o.chat_id = :id and o.telegram_message_id = m.telegram_message_id)
    """,
    "delete from chats where id = :newcomer",
)


def move_chat(session: Session, chat_id: int, new_telegram_chat_id: int) -> bool:
    """Follows a group to its new id; False when another chat of ours has that id and bots spoke there already.

    A chat that updates from the new group made known meanwhile is absorbed. One in use stays, and the old one is
    paused with the reason.
    """
    params = {"id": chat_id, "new_id": new_telegram_chat_id}
    newcomer = session.execute(NEWCOMER, params).one_or_none()
    if newcomer and newcomer.in_use:
        reason = f"Telegram moved this group to {new_telegram_chat_id}, which is a chat of its own here."
        session.execute(
            text("update chats set status = 'paused', status_reason = :reason where id = :id"),
            {**params, "reason": reason},
        )
        return False
    for statement in ABSORB if newcomer else ():
        session.execute(text(statement), {**params, "newcomer": newcomer.id if newcomer else None})
    session.execute(text("update chats set telegram_chat_id = :new_id where id = :id"), params)
    return True
