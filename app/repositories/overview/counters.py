"""Counts for the dashboard and the metrics page, each answered by an index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.utterance import State
from app.repositories.utterances.sql import read


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of the fleet. Rates are per minute over the last 5 minutes; hours are the last 60 minutes.

    `bots_with_problems` counts bots whose updates something keeps away; `parked` counts parked items by kind of work,
    `parked_items` all of them.
    """

    bots_active: int = 0
    bots_paused: int = 0
    bots_broken: int = 0
    bots_with_problems: int = 0
    chats_enabled: int = 0
    chats_total: int = 0
    people_messages_per_min: float = 0.0
    bot_messages_per_min: float = 0.0
    mentions_pending: int = 0
    tick_lag_s: float = 0.0
    utterances: Mapping[str, int] = field(default_factory=dict)
    llm_requests: int = 0
    prompts_per_request: float = 0.0
    tokens: int = 0
    llm_failures: int = 0
    parked: Mapping[str, int] = field(default_factory=dict)
    parked_items: int = 0


FLEET = text("""
    select b.active, b.paused, b.broken, c.enabled, c.total,
           m.people / 5.0 as people, m.bots / 5.0 as bots,
           (select count(*) from mentions where status = 'pending') as mentions,
           (select count(*) from bot_problems) as problems,
           (select greatest(0, extract(epoch from :now - min(s.due_at)))
              from tick_schedule s join bots o on o.id = s.bot_id
             where s.due_at <= :now and o.status = 'active') as lag
    from (select count(*) filter (where status = 'active') as active,
                 count(*) filter (where status = 'paused') as paused,
                 count(*) filter (where status = 'broken') as broken from bots) b,
         (select count(*) filter (where status = 'enabled') as enabled, count(*) as total from chats) c,
         (select count(person_id) as people, count(bot_id) as bots
            from messages where created_at > :now - interval '5 minutes') m
""")


@dataclass(frozen=True, slots=True)
class Minute:
    """Message counts of one minute, from people and from bots."""

    start: dt.datetime
    people: int
    bots: int


MESSAGE_RATES = text("""
    select g.start, count(m.person_id) as people, count(m.bot_id) as bots
    from generate_series(date_trunc('minute', cast(:now as timestamptz)) - make_interval(mins => :minutes - 1),
                         date_trunc('minute', cast(:now as timestamptz)), interval '1 minute') as g(start)
    left join messages m on m.created_at >= g.start and m.created_at < g.start + interval '1 minute'
    group by g.start order by g.start
""")

WORK = text("""
    select coalesce((select jsonb_object_agg(state, n) from (
               select state, count(*) as n from utterances
                where planned_at > :now - interval '1 hour' group by state) s), '{}') as states,
           coalesce((select jsonb_object_agg(kind, n) from (
               select kind, count(*) as n from work_failures where parked_at is not null group by kind) w),
             '{}') as parked,
           l.requests, l.prompts, l.tokens, l.failures
    from (select count(*) as requests, coalesce(sum(prompts), 0) as prompts,
                 coalesce(sum(tokens_in + tokens_out), 0) as tokens,
                 count(*) filter (where outcome <> 'in_flight' and answered = 0) as failures
            from llm_requests where created_at > :now - interval '1 hour') l
""")

UNFINISHED = read("""
    select (select count(*) from utterances where state {OPEN})
         + (select count(*) from mentions where status = 'pending' and expires_at > now())
""")


def read_counters(session: Session, now: dt.datetime) -> Counters:
    """All counters as of `now`, in two statements."""
    fleet = session.execute(FLEET, {"now": now}).one()
    work = session.execute(WORK, {"now": now}).one()
    return Counters(
        bots_active=fleet.active,
        bots_paused=fleet.paused,
        bots_broken=fleet.broken,
        bots_with_problems=fleet.problems,
        chats_enabled=fleet.enabled,
        chats_total=fleet.total,
        people_messages_per_min=round(float(fleet.people), 1),
        bot_messages_per_min=round(float(fleet.bots), 1),
        mentions_pending=fleet.mentions,
        tick_lag_s=round(float(fleet.lag or 0), 1),
        utterances={state.value: int(work.states.get(state, 0)) for state in State},
        llm_requests=work.requests,
        prompts_per_request=round(work.prompts / work.requests, 1) if work.requests else 0.0,
        tokens=work.tokens,
        llm_failures=work.failures,
        parked={kind: int(count) for kind, count in work.parked.items()},
        parked_items=sum(work.parked.values()),
    )


def read_message_rates(session: Session, now: dt.datetime, minutes: int) -> list[Minute]:
    """Counts the messages of each of the last `minutes` minutes, oldest first."""
    rows = session.execute(MESSAGE_RATES, {"now": now, "minutes": minutes})
    return [Minute(row.start, row.people, row.bots) for row in rows]


def count_unfinished(session: Session) -> int:
    """Counts open utterances and pending, unexpired mentions, by Postgres' clock."""
    return int(session.execute(UNFINISHED).scalar_one())


def count_states(session: Session) -> dict[str, int]:
    """Counts all stored utterances by state; a state without any is left out."""
    rows = session.execute(text("select state, count(*) as n from utterances group by state"))
    return {row.state: row.n for row in rows}


def check_writes(session: Session) -> None:
    """Returns when this transaction may write; changes nothing.

    Raises SQLAlchemy's OperationalError when Postgres does not answer, and InternalError when it can only be read.
    """
    session.execute(text("select from settings where false for update"))
