"""The query of a tick's context, without the persona, which rarely changes and comes from a cache."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from app.domain.behaviour.tick import VoicedStance
from app.domain.conversation.views import ChatView, MentionView, MessageView, ReactionView
from app.domain.delivery.rests import OUTSIDE_TOPICS, WHOLE_CHAT
from app.domain.fleet.hours import parse_windows
from app.domain.money import Budgets, DailyBudget
from app.repositories.utterances.sql import read

MESSAGES = 30
MENTIONS = 5

Rests = defaultdict[int, set[int]]
"""The topics where the bot rests, by chat."""

QUERY = read("""
select
  b.status, b.last_spoke_at, p.version,
  coalesce((select micros from spending where day = :day and scope = 'fleet' and scope_id = 0), 0) as fleet_spent,
  coalesce((select micros from spending where day = :day and scope = 'bot' and scope_id = b.id), 0) as bot_spent,
  cast(coalesce(b.daily_budget_usd * 1000000, :bot_budget) as bigint) as bot_budget,
  (select case when u.urgency = 'ambient' and u.state <> 'sending' then 'ambient' else 'busy' end
     from utterances u
    where u.bot_id = b.id and u.kind <> 'command'
      and u.state {OPEN}) as speaking,
  own.said_last_hour, own.said_last_day, own.reacted_last_hour, own.topics as own_topics,
  (select json_agg(json_build_array(s.topic, s.last_voiced_at) order by s.id) from stances s
    where s.bot_id = b.id and s.last_voiced_at is not null) as voiced,
  (select json_agg(json_build_array(r.chat_id, r.thread_id)) from rests r
    where r.bot_id = b.id and r.rests_until > :now) as rests,
  (select json_agg(chat) from (
     select c.id, c.title, c.topics, c.status, c.timezone, c.quiet, m.status as membership, m.last_spoke_at,
       m.rate_limited_until, coalesce(s.micros, 0) as spent,
       cast(coalesce(c.daily_budget_usd * 1000000, :chat_budget) as bigint) as budget,
       exists(select 1 from utterances u where u.chat_id = c.id and u.urgency = 'ambient'
                 and u.state {OPEN}) as floor_taken,
       (select count(*) from memberships o join bots w on w.id = o.bot_id
         where o.chat_id = c.id and o.status = 'active' and w.status = 'active') as bots,
       lately.last_ambient_at, lately.last_topic_at, lately.reactions,
       (select json_agg(r.emoji) from rests r
         where r.chat_id = c.id and r.bot_id is null and r.rests_until > :now) as refused_emoji,
       (select json_agg(x.person_id) from mutes x
         where x.chat_id = c.id and (x.bot_id is null or x.bot_id = b.id)) as muted,
       (select json_agg(t.id) from (
          select u.target_message_id as id from utterances u
           where u.bot_id = b.id and u.chat_id = c.id and u.target_message_id is not null and u.kind <> 'reaction'
             and u.state {COUNTING} and u.planned_at > :day_ago
          union select n.message_id from mentions n where n.bot_id = b.id and n.status = 'pending') t) as taken,
       (select json_agg(message order by message.sent_at, message.id) from (
          select g.id, g.telegram_message_id, coalesce(q.display_name, w.display_name) as author,
                 g.bot_id as author_bot_id, g.person_id as author_id, g.text, g.sent_at, g.is_question, g.asks_opinion,
                 g.symbols, g.topics, g.sentiment, g.language, g.reply_to_message_id as reply_to, g.thread_id
            from messages g left join people q on q.id = g.person_id left join bots w on w.id = g.bot_id
           where g.chat_id = c.id and not coalesce(q.muted, false) and not g.is_command
             and g.id > coalesce(q.forgotten_message_id, 0)
             and c.status = 'enabled' and m.status = 'active'
           order by g.sent_at desc limit :messages) message) as messages
     from memberships m join chats c on c.id = m.chat_id
       left join spending s on s.day = :day and s.scope = 'chat' and s.scope_id = c.id
       left join lateral (
         select max(u.finished_at) filter (where u.kind <> 'reaction' and u.urgency = 'ambient') as last_ambient_at,
                max(u.finished_at) filter (where u.kind = 'topic') as last_topic_at,
                json_agg(json_build_array(u.target_message_id, u.bot_id) order by u.id)
                  filter (where u.kind = 'reaction' and u.target_message_id is not null) as reactions
           from utterances u
          where u.chat_id = c.id and u.planned_at > :hour_ago
            and (u.state {SPOKEN} or (u.state = 'failed' and u.kind = 'reaction'))) lately on true
    where m.bot_id = b.id and m.status in ('active', 'muted') order by c.id) chat) as chats,
  (select json_agg(mention) from (
     select n.id, n.expires_at, g.chat_id, g.id as message_id, g.telegram_message_id, q.display_name as author,
            g.person_id as author_id, g.text, g.sent_at, g.is_question, g.asks_opinion, g.symbols, g.topics,
            g.sentiment, g.language, g.reply_to_message_id as reply_to, g.thread_id
       from mentions n join messages g on g.id = n.message_id join people q on q.id = g.person_id
       join chats c on c.id = g.chat_id and c.status = 'enabled'
       join memberships m on m.chat_id = c.id and m.bot_id = b.id and m.status = 'active'
      where n.bot_id = b.id and n.status = 'pending' and not q.muted and g.id > coalesce(q.forgotten_message_id, 0)
        and not exists(select 1 from utterances u
                        where u.mention_id = n.id and u.state {COUNTING})
      order by n.id = :wanted desc, g.sent_at limit :mentions) mention) as mentions
from bots b join personas p on p.bot_id = b.id
  left join lateral (
    select count(*) filter (where u.kind not in ('reaction', 'command') and u.finished_at > :hour_ago)
             as said_last_hour,
           count(*) filter (where u.kind not in ('reaction', 'command')) as said_last_day,
           count(*) filter (where u.kind = 'reaction' and u.finished_at > :hour_ago) as reacted_last_hour,
           (array_agg(u.topic order by u.finished_at desc) filter (where u.topic is not null))[1:8] as topics
      from utterances u
     where u.bot_id = b.id and u.state {SPOKEN} and u.finished_at > :day_ago
       and u.planned_at > cast(:day_ago as timestamptz) - interval '1 hour') own on true
where b.id = :bot_id
""")


@dataclass(frozen=True, slots=True)
class TickRow:
    """The query's result: a TickContext without the persona, and the persona's version."""

    status: str
    persona_version: int
    last_spoke_at: dt.datetime | None
    speaking: Literal["no", "ambient", "busy"]
    chats: tuple[ChatView, ...]
    mentions: tuple[MentionView, ...]
    fleet_budget: DailyBudget
    bot_budget: DailyBudget
    said_last_hour: int
    said_last_day: int
    reacted_last_hour: int
    own_topics: tuple[str, ...]
    voiced: tuple[VoicedStance, ...]


def load(
    session: Session, bot_id: int, now: dt.datetime, budgets: Budgets, wanted_mention_id: int | None = None
) -> TickRow | None:
    """Loads the row of one bot in one statement; None when the bot was deleted.

    `budgets` apply to chats and bots without one of their own.
    """
    row = session.execute(
        QUERY,
        {
            "bot_id": bot_id,
            "wanted": wanted_mention_id,
            "now": now,
            "hour_ago": now - dt.timedelta(hours=1),
            "day_ago": now - dt.timedelta(hours=24),
            "messages": MESSAGES,
            "mentions": MENTIONS,
            "day": now.date(),
            "chat_budget": budgets.chat,
            "bot_budget": budgets.bot,
        },
    ).first()
    if row is None:
        return None
    speaking = cast(Literal["no", "ambient", "busy"], row.speaking or "no")
    rests: Rests = defaultdict(set)
    for chat_id, thread_id in row.rests or ():
        rests[chat_id].add(thread_id)
    return TickRow(
        status=row.status,
        persona_version=row.version,
        last_spoke_at=row.last_spoke_at,
        speaking=speaking,
        chats=tuple(_chat(chat, rests[chat["id"]]) for chat in row.chats or ()),
        mentions=tuple(_mention(mention, rests[mention["chat_id"]]) for mention in row.mentions or ()),
        fleet_budget=DailyBudget(row.fleet_spent, budgets.fleet),
        bot_budget=DailyBudget(row.bot_spent, row.bot_budget),
        said_last_hour=row.said_last_hour,
        said_last_day=row.said_last_day,
        reacted_last_hour=row.reacted_last_hour,
        own_topics=tuple(row.own_topics or ()),
        voiced=tuple(VoicedStance(topic, dt.datetime.fromisoformat(at)) for topic, at in row.voiced or ()),
    )


def _chat(row: dict[str, Any], resting: set[int]) -> ChatView:
    return ChatView(
        id=row["id"],
        title=row["title"],
        topics=tuple(row["topics"]),
        messages=tuple(
            _message(message, message["id"]) for message in row["messages"] or () if _thread(message) not in resting
        ),
        floor_taken=row["floor_taken"],
        last_ambient_at=_instant(row["last_ambient_at"]),
        last_own_at=_instant(row["last_spoke_at"]),
        daily_budget=DailyBudget(row["spent"], row["budget"]),
        status=row["status"],
        membership=row["membership"],
        rests_until=_instant(row["rate_limited_until"]),
        timezone=row["timezone"],
        quiet=parse_windows("quiet", row["quiet"]),
        bots=row["bots"],
        last_topic_at=_instant(row["last_topic_at"]),
        reactions=tuple(ReactionView(message_id, bot_id) for message_id, bot_id in row["reactions"] or ()),
        muted=frozenset(row["muted"] or ()),
        taken=frozenset(row["taken"] or ()),
        resting=_where(resting),
        refused_emoji=frozenset(row["refused_emoji"] or ()),
    )


def _where(resting: set[int]) -> Literal["no", "outside_topics", "chat"]:
    if WHOLE_CHAT in resting:
        return "chat"
    return "outside_topics" if OUTSIDE_TOPICS in resting else "no"


def _thread(row: dict[str, Any]) -> int:
    return row["thread_id"] or OUTSIDE_TOPICS


def _mention(row: dict[str, Any], resting: set[int]) -> MentionView:
    expires_at = dt.datetime.fromisoformat(row["expires_at"])
    rests = not resting.isdisjoint({WHOLE_CHAT, _thread(row)})
    return MentionView(row["id"], row["chat_id"], _message(row, row["message_id"]), expires_at, rests)


def _message(row: dict[str, Any], message_id: int) -> MessageView:
    return MessageView(
        id=message_id,
        telegram_message_id=row["telegram_message_id"],
        author=row["author"],
        author_bot_id=row.get("author_bot_id"),
        text=row["text"],
        sent_at=dt.datetime.fromisoformat(row["sent_at"]),
        is_question=row["is_question"],
        reply_to=row["reply_to"],
        author_id=row["author_id"],
        asks_opinion=row["asks_opinion"],
        symbols=tuple(row["symbols"]),
        topics=tuple(row["topics"]),
        sentiment=row["sentiment"],
        language=row["language"],
    )


def _instant(value: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if value else None
