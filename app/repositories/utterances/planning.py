"""Inserts of the speaking plans of ticks, each with its trace, unless a constraint refuses it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.behaviour.tick import OpenTopic, React, Reply, Speech
from app.domain.behaviour.trace import Step
from app.repositories.utterances.sql import write

KINDS: dict[type[Speech], str] = {Reply: "reply", OpenTopic: "topic", React: "reaction"}


@dataclass(frozen=True, slots=True)
class NewUtterance:
    """A speaking plan to be stored with its tick, identified by (`bot_id`, `due_at`).

    `record` is the packed record that replays it, None where it has none.
    """

    bot_id: int
    due_at: dt.datetime
    plan: Speech
    engine: str
    seed: int
    trace: Sequence[Step]
    chat_ids: Sequence[int] = ()
    record: bytes | None = None


INSERT = """
    with planned as (
        insert into utterances (bot_id, chat_id, due_at, kind, urgency, lane, mention_id, target_message_id, topic,
                                emoji, max_words, reading_s, state, available_at, typing_at, send_at, planned_at)
        values (:bot_id, :chat_id, :due_at, :kind, :urgency, :lane, :mention_id, :target_message_id, :topic,
                :emoji, :max_words, :reading_s, {new}, :available_at, :send_at, :send_at, :now)
        on conflict do nothing
        returning id, bot_id, topic
    ), voiced as (
        update stances s set last_voiced_at = :now from planned p where s.bot_id = p.bot_id and s.topic = p.topic
    ), traced as (
        insert into tick_traces (utterance_id, engine, seed, decided_at, steps, chat_ids, record)
        select id, :engine, :seed, :now, cast(:steps as jsonb), cast(:chat_ids as bigint[]), :record from planned
    )
    select id from planned
"""
PLAN = write("plan", INSERT)
REACT = write("react", INSERT)

SUPERSEDE = write(
    "supersede",
    """
    update utterances set state = {new}, reason = 'superseded', finished_at = :now
    where bot_id = :bot_id and urgency = 'ambient' and state {old}
    returning id
    """,
)


def insert_planned(session: Session, new: NewUtterance, lane: str, now: dt.datetime) -> int | None:
    """Stores a plan and its trace in one statement; returns the utterance's id.

    None when a constraint refuses it: the floor is taken, the bot is busy, or the tick was done. A reaction needs no
    model: it is `ready` at once, and due after `reading_s`.
    """
    plan = new.plan
    reaction = plan if isinstance(plan, React) else None
    send_at = now + dt.timedelta(seconds=plan.reading_s) if reaction else None
    utterance_id: int | None = session.scalar(
        REACT if reaction else PLAN,
        {
            "bot_id": new.bot_id,
            "chat_id": plan.chat_id,
            "due_at": new.due_at,
            "kind": KINDS[type(plan)],
            "urgency": plan.urgency,
            "lane": lane,
            "mention_id": plan.mention_id if isinstance(plan, Reply) else None,
            "target_message_id": None if isinstance(plan, OpenTopic) else plan.message_id,
            "topic": plan.topic if isinstance(plan, OpenTopic) else None,
            "emoji": reaction.emoji if reaction else None,
            "max_words": None if isinstance(plan, React) else plan.max_words,
            "reading_s": plan.reading_s,
            "available_at": send_at or now,
            "send_at": send_at,
            "engine": new.engine,
            "seed": new.seed,
            "steps": json.dumps([step.as_json() for step in new.trace]),
            "chat_ids": list(new.chat_ids),
            "record": new.record,
            "now": now,
        },
    )
    return utterance_id


def supersede_ambient(session: Session, bot_id: int, now: dt.datetime) -> list[int]:
    """Discards the bot's open ambient utterances, unless already being sent; returns the ids."""
    return list(session.scalars(SUPERSEDE, {"bot_id": bot_id, "now": now}))
