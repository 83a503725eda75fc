"""Utterances from text to chat: leases, the claim before the send, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.analysis.reading import analyse
from app.domain.schedule.ramp_up import AWAY_S

NOT_ITS_TURN = "not_its_turn"
REACTION = "reaction"


@dataclass(frozen=True, slots=True)
class ReadyUtterance:
    """A leased text, or a reaction with its `emoji`, on its way out, with all that the send needs.

    `reply_to` is the Telegram id of the message it answers or reacts to; its membership holds the rate factor.
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


LEASE = text("""
    with due as (
        select id from utterances
        where state = 'ready' and available_at <= :now and (lease_until is null or lease_until < :now)
          and (urgency = 'interactive' or not exists (
               select 1 from settings where scope = 'pipeline' and key = 'looked' and updated_at < :present))
        order by available_at, id
        limit :limit
        for update skip locked
    ), leased as (
        update utterances u set lease_until = :lease_until from due where u.id = due.id returning u.*
    )
    select u.id, u.bot_id, u.chat_id, c.telegram_chat_id, b.token_encrypted, b.display_name, u.urgency, u.kind,
           coalesce(u.text, '') as text, u.emoji, u.send_at, u.mention_id, g.telegram_message_id as reply_to,
           g.thread_id, coalesce(m.rate_factor, 1) as rate_factor, m.rate_limited_until
    from leased u join bots b on b.id = u.bot_id join chats c on c.id = u.chat_id
    left join messages g on g.id = u.target_message_id
    left join memberships m on m.bot_id = u.bot_id and m.chat_id = u.chat_id
    order by u.available_at, u.id
""")

CLAIM_SEND = text("""
    update utterances u set state = 'sending', lease_until = :lease_until
    from bots b, chats c, memberships m
    where u.id = :id and u.state = 'ready'
      and b.id = u.bot_id and b.status = 'active' and c.id = u.chat_id and c.status = 'enabled'
      and m.bot_id = u.bot_id and m.chat_id = u.chat_id and m.status = 'active'
      and (m.rate_limited_until is null or m.rate_limited_until <= :now)
      and not exists (select 1 from settings
                       where scope = 'fleet' and key = 'fleet_paused' and value = 'true'::jsonb)
      and not exists (select 1 from utterances o where o.chat_id = u.chat_id and o.id <> u.id
                        and (o.state = 'sending' or (o.state = 'ready' and o.available_at <= :now
                             and (o.send_at, o.id) < (u.send_at, u.id))))
    returning u.id
""")

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

SENT = text("""
    with done as (
        update utterances set state = 'sent', telegram_message_id = :message_id, finished_at = :now, lease_until = null,
            reason = null
        where id = :id and state in ('sending', 'unknown') returning *
    ), answered as (
        update mentions n set status = 'answered' from done where n.id = done.mention_id returning n.id
    ), spoke as (
        update memberships m set last_spoke_at = :now from done
        where m.bot_id = done.bot_id and m.chat_id = done.chat_id
    ), rested as (
        update bots b set last_spoke_at = :now from done where b.id = done.bot_id
    )
    insert into messages (chat_id, telegram_message_id, bot_id, text, reply_to_message_id, sent_at, is_command,
                          is_question, asks_opinion, language, sentiment, symbols, topics)
    select chat_id, :message_id, bot_id, text,
           (select telegram_message_id from messages g where g.id = done.target_message_id), :now, kind = 'command',
           :is_question, :asks_opinion, :language, :sentiment, cast(:symbols as text[]),
           case when topic is null then '{}' else array[topic] end
    from done where text <> ''
    on conflict (chat_id, telegram_message_id) do nothing
""")


REACTED = text("""
    with done as (
        update utterances set state = 'sent', finished_at = :now, lease_until = null, reason = null
        where id = :id and state in ('sending', 'unknown') returning mention_id
    )
    update mentions n set status = 'answered' from done where n.id = done.mention_id
""")

OPEN_SEND = text("""
    select u.id from utterances u join chats c on c.id = u.chat_id
    where c.telegram_chat_id = :chat and u.bot_id = :bot_id and u.state in ('sending', 'unknown')
      and u.kind <> 'reaction' and btrim(u.text, E' \n\t') = btrim(:text, E' \n\t')
      and not exists (select 1 from messages g where g.chat_id = u.chat_id and g.telegram_message_id = :message_id)
    order by u.send_at desc nulls last, u.id desc limit 1
    for update of u
""")


def lease_due(session: Session, now: dt.datetime, lease_until: dt.datetime, limit: int) -> list[ReadyUtterance]:
    """Leases up to `limit` texts whose next step (typing or sending) is due, the most overdue first.

    After an outage unasked ones stay where they are until the dispatcher has spread them.
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
    """What stops this text now: a kill switch (fleet, bot, chat, membership) or its turn; None when nothing does."""
    reason: str | None = session.scalar(BLOCKED, {"id": utterance_id, "now": now})
    return reason


def claim_send(session: Session, utterance_id: int, now: dt.datetime, lease_until: dt.datetime) -> bool:
    """The claim before the network call: exactly one caller gets True.

    1. The text must still be `ready`: superseded and swept ones are not sent.
    2. No kill switch is on and the bot does not rest after a 429, told by the same statement: what was stopped a moment
       ago does not leave.
    3. No other text of the chat is being sent, and no earlier one is due, so that a chat's messages leave in order.
    4. The row says `sending` until the outcome is known; when the worker dies, the sweeper makes it `unknown`.
    """
    return session.scalar(CLAIM_SEND, {"id": utterance_id, "now": now, "lease_until": lease_until}) is not None


def mark_sent(session: Session, utterance_id: int, message_id: int, text: str, now: dt.datetime) -> None:
    """Records a delivered message: the utterance, the chat's history, the answered mention, who spoke when.

    Of what it is about, its topic is known where it opened one. What was forgotten while it was sent is not kept. A
    send that was `unknown` is settled by it.
    """
    facts = analyse(text)
    params = {
        "id": utterance_id,
        "message_id": message_id,
        "now": now,
        "is_question": facts.is_question,
        "asks_opinion": facts.asks_opinion,
        "language": facts.language,
        "sentiment": facts.sentiment,
        "symbols": list(facts.symbols),
    }
    session.execute(SENT, params)


def mark_reacted(session: Session, utterance_id: int, now: dt.datetime) -> None:
    """Records a reaction that Telegram took: it is no message, and its bot has not spoken."""
    session.execute(REACTED, {"id": utterance_id, "now": now})


def settle_unknown(
    session: Session, telegram_chat_id: int, telegram_message_id: int, bot_id: int, text: str, now: dt.datetime
) -> int | None:
    """Tells the outbox of a message of one of our bots that was seen in its chat: it was delivered.

    Call it with every sight of such a message (a copy that came back, the message that a person replies to). Settles
    the bot's latest send there of the same words whose outcome is open, and returns the utterance's id; None when there
    is none, or when the message is accounted for. A send still under way is settled by it as well: the echo came first.
    """
    utterance_id: int | None = session.scalar(
        OPEN_SEND,
        {"chat": telegram_chat_id, "message_id": telegram_message_id, "bot_id": bot_id, "text": text},
    )
    if utterance_id is not None:
        mark_sent(session, utterance_id, telegram_message_id, text, now)
    return utterance_id


def mark_unsent(session: Session, utterance_id: int, available_at: dt.datetime) -> None:
    """Returns a text to the outbox: Telegram did not take it."""
    session.execute(
        text(
            "update utterances set state = 'ready', available_at = :at, lease_until = null, attempts = attempts + 1"
            " where id = :id and state = 'sending'"
        ),
        {"id": utterance_id, "at": available_at},
    )


def mark_ended(session: Session, utterance_id: int, state: str, reason: str, now: dt.datetime) -> None:
    """Ends a send as `failed` (Telegram refused it for good) or `unknown` (nobody can tell)."""
    session.execute(
        text(
            "update utterances set state = :state, reason = :reason, finished_at = :now, lease_until = null"
            " where id = :id and state = 'sending'"
        ),
        {"id": utterance_id, "state": state, "reason": reason, "now": now},
    )


def break_bot(session: Session, bot_id: int, reason: str) -> None:
    """Takes a bot whose token is refused out of service, with a reason its page shows."""
    session.execute(
        text("update bots set status = 'broken', status_reason = :reason where id = :id and status <> 'broken'"),
        {"id": bot_id, "reason": reason},
    )


def end_membership(session: Session, bot_id: int, chat_id: int, status: str, reason: str) -> None:
    """Ends a membership (`kicked`, `left`, `muted`): the bot says nothing there until it is let in again."""
    session.execute(
        text(
            "update memberships set status = :status, status_reason = :reason"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "status": status, "reason": reason},
    )


def slow_down(session: Session, bot_id: int, chat_id: int, rate_factor: float, until: dt.datetime) -> None:
    """After a 429: whatever the bot has for this chat waits until then, and goes on at `rate_factor`."""
    session.execute(
        text(
            "update memberships set rate_factor = :rate_factor, rate_limited_until = :until"
            " where bot_id = :bot_id and chat_id = :chat_id"
        ),
        {"bot_id": bot_id, "chat_id": chat_id, "rate_factor": rate_factor, "until": until},
    )
