"""Insights into single messages: planning the jobs, their messages, storing and listing the results."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.conversation.views import MessageView
from app.domain.lanes.insights import Insight
from app.repositories.lanes.jobs import view_message

MOST_MESSAGES = 12
"""Messages of a chat in one job: the newest ones, since older ones no longer matter."""

LEAST_MESSAGES = 3
LEAST_CHARACTERS = 24
"""Shorter messages are skipped as small talk."""

LOOKS_BACK = dt.timedelta(days=1)
"""Older messages are not read any more."""


@dataclass(frozen=True, slots=True)
class NewInsight:
    """An insight to be stored, with its message."""

    message_id: int
    insight: Insight


@dataclass(frozen=True, slots=True)
class InsightRecord:
    """An insight as an operator sees it; `sent_at` is the message's."""

    message_id: int
    topic: str
    stance: str
    sentiment: float
    summary: str
    sent_at: dt.datetime


PLAN = text("""
    with due as (
        select c.id, c.insight_message_id, fresh.last_id from chats c cross join lateral (
            select count(*) as n, max(s.id) as last_id from (
                select m.id from messages m join people q on q.id = m.person_id
                where m.chat_id = c.id and m.id > coalesce(c.insight_message_id, 0)
                  and m.sent_at > greatest(cast(:since as timestamptz), c.insighted_at - interval '10 minutes')
                  and not exists (select 1 from mutes x
                                   where x.chat_id = c.id and x.person_id = q.id and x.bot_id is null)
                  and length(m.text) >= :characters and not m.is_command and not q.muted
                  and m.id > coalesce(q.forgotten_message_id, 0)
                order by m.sent_at desc limit :messages) s) fresh
        where c.status = 'enabled' and coalesce(c.insighted_at, '-infinity') < :before and fresh.n >= :least
        order by c.insighted_at nulls first limit :most
    ), planned as (
        insert into llm_jobs (family, lane, chat_id, after_message_id, last_message_id, available_at, planned_at)
        select 'insight', :lane, id, coalesce(insight_message_id, 0), last_id, :now, :now from due
        on conflict do nothing returning id, chat_id, last_message_id
    )
    update chats c set insight_message_id = p.last_message_id, insighted_at = :now
    from planned p where c.id = p.chat_id returning p.id
""")

MESSAGES = text("""
    select j.chat_id, g.* from llm_jobs j cross join lateral (
      select m.id, m.telegram_message_id, q.display_name as author, m.text, m.sent_at
      from messages m join people q on q.id = m.person_id
      where m.chat_id = j.chat_id and m.id > j.after_message_id and m.id <= j.last_message_id
        and m.sent_at > j.planned_at - cast(:looks_back as interval)
        and length(m.text) >= :characters and not m.is_command and not q.muted
        and m.id > coalesce(q.forgotten_message_id, 0)
        and not exists (select 1 from mutes x where x.chat_id = j.chat_id and x.person_id = q.id and x.bot_id is null)
      order by m.sent_at desc limit :messages) g
    where j.id = any(:ids) order by j.chat_id, g.sent_at, g.id
""")

FINISH = text("""
    with found as (
        select * from jsonb_to_recordset(cast(:rows as jsonb))
            as r(message_id bigint, topic text, stance text, sentiment double precision, summary text)
    ), known as (
        update messages m set sentiment = coalesce(m.sentiment, f.sentiment)
        from found f, people q where m.id = f.message_id and q.id = m.person_id and not q.muted
          and m.id > coalesce(q.forgotten_message_id, 0)
        returning m.id, m.chat_id
    )
    insert into insights (message_id, chat_id, topic, stance, sentiment, summary, created_at)
    select k.id, k.chat_id, f.topic, f.stance, f.sentiment, f.summary, :now
    from found f join known k on k.id = f.message_id
    on conflict (message_id) do nothing
""")

LIST = text("""
    select i.message_id, i.topic, i.stance, i.sentiment, i.summary, m.sent_at
    from insights i join messages m on m.id = i.message_id
    where i.chat_id = :chat_id order by i.message_id desc limit :limit
""")


def plan(session: Session, lane: str, now: dt.datetime, before: dt.datetime, most: int) -> int:
    """Plans a job over the newest long enough messages of each enabled chat; returns the number of chats.

    A chat is due when its last job is from before `before` and enough messages came since. Planned messages are never
    planned again, even if the job fails.
    """
    params = {
        "lane": lane,
        "now": now,
        "before": before,
        "since": now - LOOKS_BACK,
        "characters": LEAST_CHARACTERS,
        "messages": MOST_MESSAGES,
        "least": LEAST_MESSAGES,
        "most": most,
    }
    return len(session.execute(PLAN, params).all())


def messages_of(session: Session, jobs: Sequence[Row[Any]]) -> Mapping[int, Sequence[MessageView]]:
    """Returns the messages of jobs by chat id (each chat has one open job), oldest first."""
    params = {
        "ids": [job.id for job in jobs],
        "looks_back": LOOKS_BACK,
        "characters": LEAST_CHARACTERS,
        "messages": MOST_MESSAGES,
    }
    found: dict[int, list[MessageView]] = {}
    for message in session.execute(MESSAGES, params):
        found.setdefault(message.chat_id, []).append(view_message(message))
    return found


def finish(session: Session, job_id: int, found: Sequence[NewInsight], now: dt.datetime) -> bool:
    """Stores a job's insights, and sentiments the lexicons did not find; False when the job was swept meanwhile.

    Messages that were forgotten meanwhile are skipped.
    """
    done = session.scalar(
        text("""
            update llm_jobs set state = 'done', finished_at = :now, lease_until = null
            where id = :id and state = 'generating' returning id
        """),
        {"id": job_id, "now": now},
    )
    if done is None:
        return False
    rows = [{"message_id": new.message_id, **asdict(new.insight)} for new in found]
    session.execute(FINISH, {"rows": json.dumps(rows), "now": now})
    return True


def list_of_chat(session: Session, chat_id: int, limit: int) -> list[InsightRecord]:
    """The last insights of a chat, the newest message first."""
    return [InsightRecord(**row._mapping) for row in session.execute(LIST, {"chat_id": chat_id, "limit": limit})]
