"""Jobs of the bulk lanes: planned by schedule, claimed like utterances, at most one open per chat and family."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.conversation.views import MessageView
from app.domain.lanes.lane import ALONE, MAX_ATTEMPTS
from app.domain.money import Budgets, DailyBudget
from app.repositories.money.spending import FLEET, CostOwner

HISTORY = 40
LEAST_MESSAGES = 10
"""Messages of people since the last digest; with fewer, none is planned."""

PLAN = text("""
    insert into llm_jobs (family, lane, chat_id, available_at, planned_at)
    select 'digest', :lane, c.id, :now, :now from chats c
    where c.status = 'enabled' and coalesce(c.digested_at, '-infinity') < :before
      and not exists(select 1 from llm_jobs j
                     where j.chat_id = c.id and j.family = 'digest' and j.planned_at >= :before)
      and (select count(*) from (
             select 1 from messages m
             where m.chat_id = c.id and m.person_id is not null and m.sent_at > coalesce(c.digested_at, '-infinity')
             limit :least) fresh) >= :least
    order by c.digested_at nulls first limit :most
    on conflict do nothing returning id
""")

CLAIM = text("""
    with first as (
        select j.attempts, j.chat_id, c.shares_requests from llm_jobs j join chats c on c.id = j.chat_id
        where j.state = 'planned' and j.lane = any(:lanes) and j.available_at <= :now
        order by j.available_at, j.id limit 1
    ), chosen as (
        select j.id from first, llm_jobs j join chats c on c.id = j.chat_id
        where j.state = 'planned' and j.lane = any(:lanes) and j.available_at <= :now and j.attempts = first.attempts
          and case when first.shares_requests then c.shares_requests else j.chat_id = first.chat_id end
        order by j.available_at, j.id
        limit (select greatest(1, case attempts when 0 then :limit when 1 then :limit / 4 else 1 end) from first)
        for update of j skip locked
    )
    update llm_jobs j set state = 'generating', lease_until = :lease_until
    from chosen where j.id = chosen.id returning j.id
""")

RELEASE = text("""
    update llm_jobs set lease_until = null, state = 'planned',
        available_at = coalesce(cast(:behind as timestamptz), available_at)
    where id = any(:ids) and state = 'generating'
""")

COUNT_ATTEMPT = text("""
    update llm_jobs set lease_until = null, available_at = :now, attempts = greatest(attempts + 1, :least),
        state = case when attempts + 1 >= :most then 'discarded' else 'planned' end,
        reason = case when attempts + 1 >= :most then 'no_usable_answer' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where id = any(:ids) and state = 'generating'
""")

RECOVER = text("""
    update llm_jobs set lease_until = null, available_at = :now, attempts = attempts + 1,
        state = case when attempts + 1 >= :most then 'discarded' else 'planned' end,
        reason = case when attempts + 1 >= :most then 'generation_interrupted' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where state = 'generating' and lease_until < :now returning id
""")

GATHER = text("""
    select j.id, j.chat_id, j.attempts, c.title, c.language,
      coalesce(sf.micros, 0) as fleet_spent, coalesce(sc.micros, 0) as chat_spent,
      cast(coalesce(c.daily_budget_usd * 1000000, :chat_budget) as bigint) as chat_budget
    from llm_jobs j join chats c on c.id = j.chat_id
      left join spending sf on sf.day = :day and sf.scope = 'fleet' and sf.scope_id = 0
      left join spending sc on sc.day = :day and sc.scope = 'chat' and sc.scope_id = j.chat_id
    where j.id = any(:ids) order by j.id
""")

RECENT = text("""
    select c.id as chat_id, g.* from unnest(cast(:chat_ids as bigint[])) as c(id) cross join lateral (
      select m.id, m.telegram_message_id, q.display_name as author, m.text, m.sent_at
      from messages m join people q on q.id = m.person_id
      where m.chat_id = c.id and not q.muted and not m.is_command and m.id > coalesce(q.forgotten_message_id, 0)
      order by m.sent_at desc limit :history) g
    order by c.id, g.sent_at, g.id
""")


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A claimed job with the data of its prompt. `messages` are oldest first."""

    id: int
    chat_id: int
    attempts: int
    chat_title: str
    language: str
    messages: tuple[MessageView, ...]
    daily_budgets: Mapping[CostOwner, DailyBudget]

    urgency: str = "bulk"
    bot_id: int | None = None


def plan_digests(session: Session, lane: str, now: dt.datetime, before: dt.datetime, most: int) -> int:
    """Plans digests of enabled chats whose last one is older than `before`, if people wrote since; returns how many."""
    params = {"lane": lane, "now": now, "before": before, "least": LEAST_MESSAGES, "most": most}
    return len(session.execute(PLAN, params).all())


def count_waiting(session: Session, lane: str, now: dt.datetime) -> int:
    """Counts the jobs of a lane that wait to be claimed."""
    statement = "select count(*) from llm_jobs where state = 'planned' and lane = :lane and available_at <= :now"
    return session.scalar(text(statement), {"lane": lane, "now": now}) or 0


def claim(session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int) -> list[int]:
    """Leases up to `limit` jobs of `lanes`, the longest waiting first, batched as utterances are."""
    params = {"lanes": list(lanes), "now": now, "lease_until": lease_until, "limit": limit}
    return list(session.scalars(CLAIM, params))


def release(session: Session, ids: Collection[int], behind: dt.datetime | None = None) -> None:
    """Returns claimed jobs to their lane: to their old place, or `behind` all that were available by then."""
    session.execute(RELEASE, {"ids": list(ids), "behind": behind})


def count_attempt(session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
    """Returns jobs without a usable answer to their lane, as with utterances; discards them after MAX_ATTEMPTS."""
    least = ALONE if alone else 1
    session.execute(COUNT_ATTEMPT, {"ids": list(ids), "now": now, "least": least, "most": MAX_ATTEMPTS})


def recover(session: Session, now: dt.datetime) -> int:
    """Returns jobs whose lease ran out to their lane, or discards them after MAX_ATTEMPTS; returns how many."""
    return len(session.execute(RECOVER, {"now": now, "most": MAX_ATTEMPTS}).all())


def recent_messages(session: Session, jobs: Sequence[Row[Any]]) -> dict[int, list[MessageView]]:
    """The last messages of people in the chats of jobs, by chat id, oldest first."""
    chat_ids = sorted({job.chat_id for job in jobs})
    recent: dict[int, list[MessageView]] = {}
    for message in session.execute(RECENT, {"chat_ids": chat_ids, "history": HISTORY}):
        recent.setdefault(message.chat_id, []).append(view_message(message))
    return recent


def view_message(row: Any) -> MessageView:
    """Converts a row (id, Telegram id, author, text, time) to a person's message."""
    return MessageView(row.id, row.telegram_message_id, row.author, None, row.text, row.sent_at)


Reader = Callable[[Session, Sequence[Row[Any]]], Mapping[int, Sequence[MessageView]]]


def gather(
    session: Session, ids: Collection[int], day: dt.date, budgets: Budgets, read: Reader = recent_messages
) -> list[PlannedJob]:
    """Returns the prompt data of claimed jobs in two statements; `read` loads the messages by chat id."""
    rows = session.execute(GATHER, {"ids": list(ids), "day": day, "chat_budget": budgets.chat}).all()
    messages = read(session, rows)
    return [
        PlannedJob(
            id=row.id,
            chat_id=row.chat_id,
            attempts=row.attempts,
            chat_title=row.title,
            language=row.language,
            messages=tuple(messages.get(row.chat_id, ())),
            daily_budgets={
                FLEET: DailyBudget(row.fleet_spent, budgets.fleet),
                ("chat", row.chat_id): DailyBudget(row.chat_spent, row.chat_budget),
            },
        )
        for row in rows
    ]


def finish_digest(session: Session, job_id: int, answer: Mapping[str, Any], now: dt.datetime) -> bool:
    """Stores a chat's digest and ends its job; False when the job was swept meanwhile."""
    params = {"id": job_id, "answer": json.dumps(answer), "now": now}
    done = session.scalar(
        text("""
            update llm_jobs set state = 'done', answer = cast(:answer as jsonb), finished_at = :now, lease_until = null
            where id = :id and state = 'generating' returning chat_id
        """),
        params,
    )
    if done is None:
        return False
    session.execute(
        text("update chats set digest = cast(:answer as jsonb), digested_at = :now where id = :chat_id"),
        {"answer": params["answer"], "now": now, "chat_id": done},
    )
    return True


def discard(session: Session, job_id: int, reason: str, now: dt.datetime) -> None:
    """Ends a job without an answer, storing the reason."""
    session.execute(
        text("""
            update llm_jobs set state = 'discarded', reason = :reason, finished_at = :now, lease_until = null
            where id = :id and state = 'generating'
        """),
        {"id": job_id, "reason": reason, "now": now},
    )


def postpone_failed(session: Session, job_id: int, until: dt.datetime, attempts: int) -> bool:
    """Returns a job whose prompt or answer raised an error to its lane, due at `until`; False when not `generating`.

    Raises its attempts to `attempts` at least, so that it is claimed alone.
    """
    statement = text("""
        update llm_jobs set state = 'planned', available_at = :at, lease_until = null,
            attempts = greatest(attempts, :attempts)
        where id = :id and state = 'generating' returning id
    """)
    return session.scalar(statement, {"id": job_id, "at": until, "attempts": attempts}) is not None


def park(session: Session, job_id: int, now: dt.datetime) -> bool:
    """Parks a job that raised errors; False when it is not `generating` (any more)."""
    statement = text("""
        update llm_jobs set state = 'discarded', reason = 'parked', finished_at = :now, lease_until = null
        where id = :id and state = 'generating' returning id
    """)
    return session.scalar(statement, {"id": job_id, "now": now}) is not None


def unpark(session: Session, job_id: int, now: dt.datetime) -> bool:
    """Plans a parked job again; False when it is not parked (any more).

    Raises IntegrityError when its chat has an open job of the family.
    """
    statement = text("""
        update llm_jobs set state = 'planned', reason = null, finished_at = null, planned_at = :now, available_at = :now
        where id = :id and state = 'discarded' and reason = 'parked' returning id
    """)
    return session.scalar(statement, {"id": job_id, "now": now}) is not None
