"""A tick: gather the context, decide, act."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from app import metrics
from app.db import SessionFactory
from app.domain.behaviour.tick import Decision, React, Reply, Silent, Speech, TickContext
from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView
from app.domain.lanes.lane import Lane
from app.domain.money import Saving
from app.domain.ports import Clock, EventStream, SilenceLog, TaskQueue
from app.domain.settings.book import SettingsBook
from app.domain.traces.silence import SilentTick, silent_tick
from app.domain.traces.tick_record import decide_by_seed
from app.repositories.schedule import tick_context
from app.repositories.utterances import planning
from app.repositories.utterances.planning import NewUtterance
from app.services.feeds.headlines import HeadlineReader
from app.services.fleet.profiles import Cache, load_profiles
from app.services.settings.values import SettingsReader
from app.services.traces.recording import pack_tick
from app.services.utterances.life import log_steps

REFUSED = "refused_by_postgres"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TickPorts:
    """Ports that a tick uses; `engine` is the version of the rules.

    `economy` tells whether there is a cheaper model; `headlines` reads the news.
    """

    sessions: SessionFactory
    settings: SettingsReader
    cache: Cache
    queue: TaskQueue
    events: EventStream
    clock: Clock
    silence: SilenceLog
    engine: str
    economy: Callable[[], bool] = bool
    headlines: HeadlineReader | None = None


def run_tick(ports: TickPorts, bot_id: int, due_at: dt.datetime, mention_id: int | None = None) -> None:
    """Runs a bot's tick. Run twice for the same (bot_id, due_at), it speaks once.

    1. gather: one statement, and the profile from the cache
    2. decide: pure; most ticks end here, silent, and write no row
    3. act: store the plan; Postgres refuses it when the floor is taken or the tick was done
    """
    now = ports.clock.now()
    context = gather(ports, bot_id, now, ports.settings.book(), mention_id)
    if context is None:
        metrics.TICKS.labels("bot_gone").inc()
        return
    seed = secrets.randbits(63)
    decision = decide_by_seed(context, now, seed)
    if isinstance(decision.plan, Silent):
        stay_silent(ports, bot_id, silent_tick(now, decision.plan.reason, decision.trace))
        return
    new = NewUtterance(
        bot_id=bot_id,
        due_at=due_at,
        plan=decision.plan,
        engine=ports.engine,
        seed=seed,
        trace=decision.trace,
        chat_ids=[chat.id for chat in context.chats],
        record=pack_tick(ports.engine, seed, now, context, decision),
    )
    act(ports, new, now, context, decision)


def stay_silent(ports: TickPorts, bot_id: int, tick: SilentTick) -> None:
    """Counts a silent tick; its trace is kept in the cache only."""
    metrics.TICKS.labels(tick.reason).inc()
    ports.silence.note(bot_id, tick)


def gather(
    ports: TickPorts, bot_id: int, now: dt.datetime, book: SettingsBook, mention_id: int | None
) -> TickContext | None:
    """Returns the input of `decide`; None when the bot is gone."""
    with ports.sessions() as session:
        row = tick_context.load(session, bot_id, now, book.fleet.budgets, mention_id)
    if row is None:
        return None
    profile = load_profiles(ports.sessions, ports.cache, {bot_id: row.persona_version}).get(bot_id)
    if profile is None:
        return None
    return TickContext(
        bot=profile,
        bot_status=row.status,
        chats=tuple(_fill_in(ports, chat, bot_id, book) for chat in row.chats),
        mentions=row.mentions,
        settings=book.of(bot_id=bot_id),
        last_spoke_at=row.last_spoke_at,
        speaking=row.speaking,
        wanted_mention_id=mention_id,
        fleet_budget=row.fleet_budget,
        bot_budget=row.bot_budget,
        said_last_hour=row.said_last_hour,
        said_last_day=row.said_last_day,
        reacted_last_hour=row.reacted_last_hour,
        own_topics=row.own_topics,
        voiced=row.voiced,
    )


def _fill_in(ports: TickPorts, chat: ChatView, bot_id: int, book: SettingsBook) -> ChatView:
    """Returns the chat with the bot's settings there, and its headlines."""
    headlines = ports.headlines.of(chat.id) if ports.headlines else ()
    return replace(chat, settings=book.of(bot_id=bot_id, chat_id=chat.id), headlines=headlines)


def act(
    ports: TickPorts, new: planning.NewUtterance, now: dt.datetime, context: TickContext, decision: Decision
) -> None:
    """Stores the plan and nudges its lane; an answer to a person supersedes the bot's ambient utterance.

    A reaction needs no model: delivery, which polls the outbox twice a second, finds it.
    """
    plan = decision.plan
    if isinstance(plan, Silent):
        return
    lane = lane_of(plan, context.saving_in(plan.chat_id) >= Saving.CHEAPER_MODEL and ports.economy())
    with ports.sessions.begin() as session:
        if plan.urgency == "interactive" and context.speaking == "ambient":
            superseded = planning.supersede_ambient(session, new.bot_id, now)
            log_steps(session, "discarded", superseded, bot=new.bot_id, reason="superseded")
        utterance_id = planning.insert_planned(session, new, lane, now)
        if utterance_id is None:
            session.rollback()
    if utterance_id is None:
        trace = (*decision.trace, Step("is_first", REFUSED))
        stay_silent(ports, new.bot_id, silent_tick(now, REFUSED, trace))
        return
    metrics.TICKS.labels("planned").inc()
    _observe_mention(plan, context, now)
    _log_plan(utterance_id, new, lane)
    ports.events.publish("utterance", id=utterance_id, chat_id=plan.chat_id, bot_id=new.bot_id, state="planned")
    if not isinstance(plan, React):
        ports.queue.nudge_generation(lane)


def _log_plan(utterance_id: int, new: planning.NewUtterance, lane: str) -> None:
    plan, keys = new.plan, {"utterance": utterance_id, "bot": new.bot_id, "chat": new.plan.chat_id}
    if isinstance(plan, Reply) and plan.mention_id is not None:
        keys["mention"] = plan.mention_id
    if isinstance(plan, React):
        log.info("ready", kind=planning.KINDS[type(plan)], **keys)
    else:
        log.info("planned", kind=planning.KINDS[type(plan)], lane=lane, **keys)


def lane_of(plan: Speech, economy: bool = False) -> str:
    """Returns the lane of a plan by its urgency and whether it has to be cheap."""
    return Lane("chat", plan.urgency, economy).name


def _observe_mention(plan: Speech, context: TickContext, now: dt.datetime) -> None:
    if isinstance(plan, Reply) and plan.mention_id is not None:
        asked = next(mention.message.sent_at for mention in context.mentions if mention.id == plan.mention_id)
        metrics.MENTION_SECONDS.observe(max(0.0, (now - asked).total_seconds()))
