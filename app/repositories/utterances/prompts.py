"""Data for the prompts of claimed plans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.conversation.views import MessageView
from app.domain.money import Budgets, DailyBudget
from app.repositories.money.spending import FLEET, CostOwner

HISTORY = 60
"""Messages of a chat from which the thread of a reply is picked."""

OWN_TEXTS = 20


@dataclass(frozen=True, slots=True)
class PlannedUtterance:
    """A claimed plan with the data of its prompt.

    `messages` are oldest first, without those of people who muted the bot; `own_texts` are the bot's last texts in this
    chat, newest first.
    """

    id: int
    bot_id: int
    chat_id: int
    urgency: str
    attempts: int
    persona_version: int
    chat_title: str
    chat_topics: tuple[str, ...]
    target: MessageView | None
    topic: str | None
    messages: tuple[MessageView, ...]
    planned_at: dt.datetime
    daily_budgets: Mapping[CostOwner, DailyBudget]
    own_texts: tuple[str, ...] = ()
    chat_language: str = "en"
    rewrite_reason: str | None = None
    max_words: int | None = None
    reading_s: float = 0.0


# `between` and not `=`: for a bot with few texts among many of others Postgres would otherwise go through the index of
# all texts by their time, to its end.
GATHER = text("""
select u.id, u.bot_id, u.chat_id, u.urgency, u.attempts, u.topic, u.planned_at, u.max_words, u.rewrite_reason,
  coalesce(u.reading_s, 0) as reading_s, p.version as persona_version,
  c.title as chat_title, c.topics as chat_topics, c.language as chat_language,
  coalesce(sf.micros, 0) as fleet_spent, coalesce(sc.micros, 0) as chat_spent, coalesce(sb.micros, 0) as bot_spent,
  cast(coalesce(c.daily_budget_usd * 1000000, :chat_budget) as bigint) as chat_budget,
  cast(coalesce(b.daily_budget_usd * 1000000, :bot_budget) as bigint) as bot_budget,
  (select row_to_json(t) from (
     select g.id, g.telegram_message_id, coalesce(q.display_name, w.display_name) as author, g.bot_id as author_bot_id,
            g.person_id as author_id, g.text, g.sent_at, g.is_question, g.reply_to_message_id as reply_to
       from messages g left join people q on q.id = g.person_id left join bots w on w.id = g.bot_id
      where g.id = u.target_message_id and g.id > coalesce(q.forgotten_message_id, 0)) t) as target,
  array(select x.person_id from mutes x
         where x.chat_id = u.chat_id and (x.bot_id is null or x.bot_id = u.bot_id)) as muted,
  array(select s.text from (select * from utterances o where o.bot_id between u.bot_id and u.bot_id
                             order by o.bot_id, o.planned_at desc limit 200) s
         where s.chat_id = u.chat_id and s.state = 'sent' and s.text is not null
         order by s.planned_at desc limit :own_texts) as own_texts
from utterances u join personas p on p.bot_id = u.bot_id join bots b on b.id = u.bot_id join chats c on c.id = u.chat_id
  left join spending sf on sf.day = :day and sf.scope = 'fleet' and sf.scope_id = 0
  left join spending sc on sc.day = :day and sc.scope = 'chat' and sc.scope_id = u.chat_id
  left join spending sb on sb.day = :day and sb.scope = 'bot' and sb.scope_id = u.bot_id
where u.id = any(:ids)
order by u.urgency = 'interactive' desc, u.planned_at, u.id
""")

RECENT = text("""
select c.id as chat_id, g.* from unnest(cast(:chat_ids as bigint[])) as c(id) cross join lateral (
  select m.id, m.telegram_message_id, coalesce(q.display_name, w.display_name) as author, m.bot_id as author_bot_id,
         m.person_id as author_id, m.text, m.sent_at, m.is_question, m.reply_to_message_id as reply_to
    from messages m left join people q on q.id = m.person_id left join bots w on w.id = m.bot_id
   where m.chat_id = c.id and not coalesce(q.muted, false) and not m.is_command
     and m.id > coalesce(q.forgotten_message_id, 0)
   order by m.sent_at desc limit :history) g
order by c.id, g.sent_at, g.id
""")


def gather(session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> list[PlannedUtterance]:
    """Returns the prompt data of claimed plans in two statements, interactive ones first.

    `budgets` apply to chats and bots without one of their own; `day` is the UTC day whose spending counts.
    """
    params = {"ids": list(ids), "day": day, "chat_budget": budgets.chat, "bot_budget": budgets.bot}
    rows = session.execute(GATHER, {**params, "own_texts": OWN_TEXTS}).all()
    recent: dict[int, list[MessageView]] = {}
    chat_ids = sorted({row.chat_id for row in rows})
    for message in session.execute(RECENT, {"chat_ids": chat_ids, "history": HISTORY}).mappings():
        recent.setdefault(message["chat_id"], []).append(_message(message))
    return [
        PlannedUtterance(
            id=row.id,
            bot_id=row.bot_id,
            chat_id=row.chat_id,
            urgency=row.urgency,
            attempts=row.attempts,
            persona_version=row.persona_version,
            chat_title=row.chat_title,
            chat_topics=tuple(row.chat_topics),
            target=_message(row.target) if row.target else None,
            topic=row.topic,
            messages=tuple(message for message in recent.get(row.chat_id, ()) if message.author_id not in row.muted),
            planned_at=row.planned_at,
            max_words=row.max_words,
            reading_s=row.reading_s,
            daily_budgets=_daily_budgets(row, budgets),
            own_texts=tuple(row.own_texts),
            chat_language=row.chat_language,
            rewrite_reason=row.rewrite_reason,
        )
        for row in rows
    ]


def _daily_budgets(row: Any, budgets: Budgets) -> dict[CostOwner, DailyBudget]:
    return {
        FLEET: DailyBudget(row.fleet_spent, budgets.fleet),
        ("chat", row.chat_id): DailyBudget(row.chat_spent, row.chat_budget),
        ("bot", row.bot_id): DailyBudget(row.bot_spent, row.bot_budget),
    }


def _message(row: Any) -> MessageView:
    sent_at = row["sent_at"]
    return MessageView(
        id=row["id"],
        telegram_message_id=row["telegram_message_id"],
        author=row["author"],
        author_bot_id=row["author_bot_id"],
        text=row["text"],
        sent_at=sent_at if isinstance(sent_at, dt.datetime) else dt.datetime.fromisoformat(sent_at),
        is_question=row["is_question"],
        reply_to=row["reply_to"],
        author_id=row["author_id"],
    )
