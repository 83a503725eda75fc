"""Outcomes of sends: delivered, seen in the chat, refused for good, or unknown."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.domain.analysis.reading import analyse
from app.repositories.utterances.sql import read, write

NO_ANSWER = "no_answer_from_telegram"
ERROR_ANSWER = "error_answer_from_telegram"

SENT = write(
    "deliver",
    """
    with done as (
        update utterances set state = {new}, telegram_message_id = :message_id, finished_at = :now, lease_until = null,
            reason = null
        where id = :id and state {old} returning *
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
    """,
)

REACTED = write(
    "deliver_reaction",
    """
    with done as (
        update utterances set state = {new}, finished_at = :now, lease_until = null, reason = null
        where id = :id and state {old} returning mention_id
    )
    update mentions n set status = 'answered' from done where n.id = done.mention_id
    """,
)

FAIL = write(
    "fail",
    """
    update utterances set state = {new}, reason = :reason, finished_at = :now, lease_until = null
    where id = :id and state {old} returning id
    """,
)

LOSE_ANSWER = write(
    "lose_answer",
    """
    update utterances set state = {new}, reason = :reason, finished_at = :now, lease_until = null
    where id = :id and state {old} returning id
    """,
)

LOSE_WORKER = write(
    "lose_worker",
    """
    update utterances set state = {new}, reason = 'worker_lost_while_sending', finished_at = :now, lease_until = null
    where state {old} and lease_until < :now returning id
    """,
)

UNSETTLED = read("""
    select u.id from utterances u join chats c on c.id = u.chat_id
    where c.telegram_chat_id = :chat and u.bot_id = :bot_id and u.state {UNCERTAIN}
      and u.kind <> 'reaction' and btrim(u.text, E' \n\t') = btrim(:text, E' \n\t')
      and not exists (select 1 from messages g where g.chat_id = u.chat_id and g.telegram_message_id = :message_id)
    order by u.send_at desc nulls last, u.id desc limit 1
    for update of u
""")


def mark_sent(session: Session, utterance_id: int, message_id: int, text: str, now: dt.datetime) -> None:
    """Records a delivered message: the utterance, the chat's history, the answered mention, who spoke when.

    `topics` holds the topic it opened, if any. A text that was emptied by a forget request during the send is not
    stored. Also settles an `unknown` send.
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
    """Records a reaction that Telegram accepted; it stores no message and leaves `last_spoke_at` as it is."""
    session.execute(REACTED, {"id": utterance_id, "now": now})


def settle_unknown(
    session: Session, telegram_chat_id: int, telegram_message_id: int, bot_id: int, text: str, now: dt.datetime
) -> int | None:
    """Marks a send as delivered because its message was seen in the chat; returns the utterance's id.

    Call it for every such message of our bots (a copy that came back, the message that a person replies to). Settles
    the bot's latest send there with the same text that is `unknown` or still `sending` (the echo came first); None when
    there is none, or when the message is stored already.
    """
    utterance_id: int | None = session.scalar(
        UNSETTLED,
        {"chat": telegram_chat_id, "message_id": telegram_message_id, "bot_id": bot_id, "text": text},
    )
    if utterance_id is not None:
        mark_sent(session, utterance_id, telegram_message_id, text, now)
    return utterance_id


def mark_failed(session: Session, utterance_id: int, reason: str, now: dt.datetime) -> bool:
    """Ends a send that Telegram refused for good; False when it was settled meanwhile."""
    return session.scalar(FAIL, {"id": utterance_id, "reason": reason, "now": now}) is not None


def mark_unknown(session: Session, utterance_id: int, now: dt.datetime, reason: str = NO_ANSWER) -> bool:
    """Marks a send whose delivery cannot be determined as `unknown`; False when it was settled meanwhile."""
    return session.scalar(LOSE_ANSWER, {"id": utterance_id, "now": now, "reason": reason}) is not None


def settle_lost(session: Session, now: dt.datetime) -> list[int]:
    """Marks sends whose lease ran out as `unknown` and returns their ids.

    They may have been delivered and are never retried automatically.
    """
    return list(session.scalars(LOSE_WORKER, {"now": now}))
