"""Delivery of ready texts: the lease, the kill switches, the claim before the send, the return after a failed send."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.schedule.ramp_up import AWAY_S
from app.repositories.utterances.sql import write

NOT_ITS_TURN = "not_its_turn"
REACTION = "reaction"


@dataclass(frozen=True, slots=True)
class ReadyUtterance:
    """A leased text, or a reaction with its `emoji`, with all columns the send needs.

    `reply_to` is the Telegram id of the message it answers or reacts to; the rate columns are those of its membership.
    `failing` says that its place refused something since it last took anything.
    """

    id: int
    bot_id: int
    chat_id: int
    telegram_chat_id: int
    token_encrypted: str
    display_name: str
    urgency: str
    kind: str
    text: str
    emoji: str | None
    send_at: dt.datetime
    reply_to: int | None
    thread_id: int | None
    mention_id: int | None
    rate_factor: float
    rate_limited_until: dt.datetime | None
    attempts: int
    failing: bool


LEASE = text("""
    with due as (
        select id from utterances
        where state = 'ready' and available_at <= :now and (lease_until is null or lease_until < :now)
          and (urgency = 'interactive' or not exists (
               select 1 from heartbeats where name = 'pipeline' and beat_at < :present))
        order by available_at, id
        limit :limit
        for update skip locked
    ), leased as (
        update utterances u set lease_until = :lease_until from due where u.id = due.id returning u.*
    )
    select u.id, u.bot_id, u.chat_id, c.telegram_chat_id, b.token_encrypted, b.display_name, u.urgency, u.kind,
           coalesce(u.text, '') as text, u.emoji, u.send_at, u.mention_id, g.telegram_message_id as reply_to,
           g.thread_id, coalesce(m.rate_factor, 1) as rate_factor, m.rate_limited_until, u.attempts,
           exists (select 1 from rests r where r.chat_id = u.chat_id
                     and case when u.kind = 'reaction' then r.bot_id is null else r.bot_id = u.bot_id end) as failing
    from leased u join bots b on b.id = u.bot_id join chats c on c.id = u.chat_id
    left join messages g on g.id = u.target_message_id
    left join memberships m on m.bot_id = u.bot_id and m.chat_id = u.chat_id
    order by u.available_at, u.id
""")

CLAIM_SEND = write(
    "claim_send",
    """
    update utterances u set state = {new}, lease_until = :lease_until
    from bots b, chats c, memberships m
    where u.id = :id and u.state {old}
      and b.id = u.bot_id and b.status = 'active' and c.id = u.chat_id and c.status = 'enabled'
      and m.bot_id = u.bot_id and m.chat_id = u.chat_id and m.status = 'active'
      and (m.rate_limited_until is null or m.rate_limited_until <= :now)
      and not exists (select 1 from settings
                       where scope = 'fleet' and key = 'fleet_paused' and value = 'true'::jsonb)
      and not exists (select 1 from utterances o where o.chat_id = u.chat_id and o.id <> u.id
                        and (o.state = 'sending' or (o.state = 'ready' and o.available_at <= :now
                             and (o.send_at, o.id) < (u.send_at, u.id))))
    returning u.id
    """,
)

RETURN_UNSENT = write(
    "return_unsent",
    """
    update utterances set state = {new}, available_at = :at, lease_until = null, attempts = attempts + 1
    where id = :id and state {old} returning id
    """,
)

BLOCKED = text("""
    select case
        when (select value = 'true'::jsonb from settings where scope = 'fleet' and key = 'fleet_paused')
            then 'fleet_paused'
        when b.status <> 'active' then 'bot_' || b.status
        when c.status <> 'enabled' then 'chat_' || c.status
        when m.status is distinct from 'active' then 'not_a_member'
        when u.send_at <= :now and exists (
            select 1 from utterances o where o.chat_id = u.chat_id and o.id <> u.id
               and (o.state = 'sending' or (o.state = 'ready' and o.available_at <= :now
                    and (o.send_at, o.id) < (u.send_at, u.id)))) then 'not_its_turn'
    end
    from utterances u join bots b on b.id = u.bot_id join chats c on c.id = u.chat_id
    left join memberships m on m.bot_id = u.bot_id and m.chat_id = u.chat_id
    where u.id = :id
""")


def lease_due(session: Session, now: dt.datetime, lease_until: dt.datetime, limit: int) -> list[ReadyUtterance]:
    """Leases up to `limit` texts whose next step (typing or sending) is due, the most overdue first.

    After an outage (stale heartbeat), ambient ones are not leased until the dispatcher has spread them.
    """
    present = now - dt.timedelta(seconds=AWAY_S)
    rows = session.execute(LEASE, {"now": now, "present": present, "lease_until": lease_until, "limit": limit})
    return [ReadyUtterance(**row._mapping) for row in rows]


def postpone(session: Session, utterance_id: int, available_at: dt.datetime) -> None:
    """Ends the lease of a text that is still `ready`; its next step is due at `available_at`."""
    session.execute(
        text("update utterances set available_at = :at, lease_until = null where id = :id and state = 'ready'"),
        {"id": utterance_id, "at": available_at},
    )


def blocked_by(session: Session, utterance_id: int, now: dt.datetime) -> str | None:
    """Returns what blocks a text now: a kill switch (fleet, bot, chat, membership) or its turn; None when nothing."""
    reason: str | None = session.scalar(BLOCKED, {"id": utterance_id, "now": now})
    return reason


def claim_send(session: Session, utterance_id: int, now: dt.datetime, lease_until: dt.datetime) -> bool:
    """Claims a text before the network call: exactly one caller gets True.

    1. The text must still be `ready`: superseded and swept ones are not sent.
    2. No kill switch is on and the bot does not wait after a 429; the same statement checks it, so that a switch set a
       moment ago holds.
    3. No other text of the chat is being sent, and no earlier one is due, so that a chat's messages leave in order.
    4. The row is `sending` until the outcome is known; when the worker dies, the sweeper makes it `unknown`.
    """
    return session.scalar(CLAIM_SEND, {"id": utterance_id, "now": now, "lease_until": lease_until}) is not None


def return_unsent(session: Session, utterance_id: int, available_at: dt.datetime) -> bool:
    """Returns a text that Telegram did not accept to the outbox; False when the send was settled meanwhile."""
    return session.scalar(RETURN_UNSENT, {"id": utterance_id, "at": available_at}) is not None
