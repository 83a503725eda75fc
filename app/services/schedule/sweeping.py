"""Sweepers: recover abandoned work, or end it with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.lanes.lane import Lane
from app.domain.money import DailyBudget, Saving
from app.domain.ports import Clock, TaskQueue
from app.domain.settings import FleetSettings
from app.repositories.ingest import mentions
from app.repositories.lanes import insights, jobs, lanes
from app.repositories.money import spending
from app.repositories.money.spending import FLEET
from app.repositories.schedule import sweeps
from app.repositories.utterances import cancelling, generation, outcomes
from app.services.settings.values import SettingsReader
from app.services.utterances.life import log_moves, log_steps

MENTION_NUDGE_S = 8.0
MENTIONS = 200
DIGESTS = 100
INSIGHTS = 50

PATIENCE = {"ambient": "ambient_patience_s", "interactive": "mention_patience_s"}
"""The setting by which an utterance of each urgency gets stale."""

PlanJobs = Callable[[Session, str, dt.datetime, dt.datetime, int], int]
"""Plans at most so many jobs of a lane, now, for what was last planned before an instant; returns how many."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SweepPorts:
    """Ports that the sweepers use."""

    sessions: SessionFactory
    settings: SettingsReader
    queue: TaskQueue
    clock: Clock
    economy: Callable[[], bool] = bool


def sweep(ports: SweepPorts) -> None:
    """Recovers states whose worker died, ends stale ones, and nudges overdue mentions and waiting lanes."""
    now = ports.clock.now()
    settings = ports.settings.book()
    with ports.sessions.begin() as session:
        lost = outcomes.settle_lost(session, now)
        recovered = generation.recover(session, now)
        stale = [
            utterance_id
            for urgency, key in PATIENCE.items()
            for utterance_id in cancelling.drop_stale(session, now, urgency, settings.everywhere(key))
        ]
        found = {
            "sending_to_unknown": len(lost),
            "generating_to_planned": len(recovered),
            "job_to_planned": jobs.recover(session, now),
            "request_abandoned": sweeps.abandon_requests(session, now),
            "stale": len(stale),
            "mention_expired": mentions.expire(session, now),
        }
        log_steps(session, "unknown", lost, reason="worker_lost_while_sending")
        log_moves(session, recovered, "generation_interrupted")
        log_steps(session, "discarded", stale, reason="stale")
        overdue = mentions.claim_overdue(session, now, MENTION_NUDGE_S, MENTIONS)
        waiting = lanes.waiting_lanes(session, now)
    found["mention_nudged"] = len(overdue)
    for tick in overdue:
        ports.queue.publish_urgent_tick(tick)
    for lane in waiting:
        ports.queue.nudge_generation(lane)
    _report({kind: count for kind, count in found.items() if count})


def plan_digests(ports: SweepPorts) -> None:
    """Plans a digest of every chat whose last one is old, unless digests are off or the budget is short."""
    _plan_jobs(ports, "digest", ports.settings.read().digest_interval_s, jobs.plan_digests, DIGESTS)


def plan_insights(ports: SweepPorts) -> None:
    """Plans insights for the newest messages of due chats, unless insights are off or the budget is short."""
    _plan_jobs(ports, "insight", ports.settings.read().insight_interval_s, insights.plan, INSIGHTS)


def _plan_jobs(ports: SweepPorts, family: str, interval_s: float, plan: PlanJobs, limit: int) -> None:
    """Plans jobs last planned over `interval_s` seconds ago (0: never), and nudges their bulk lane."""
    if not interval_s:
        return
    now, settings = ports.clock.now(), ports.settings.read()
    lane = Lane(family, "bulk", ports.economy()).name
    with ports.sessions.begin() as session:
        if _saves(session, settings, now):
            return
        planned = plan(session, lane, now, now - dt.timedelta(seconds=interval_s), limit)
    if planned:
        log.info("jobs_planned", kind=family, lane=lane, count=planned)
        ports.queue.nudge_generation(lane)


def _saves(session: Session, settings: FleetSettings, now: dt.datetime) -> bool:
    """Whether the fleet's spending today leaves budget for chat prompts only."""
    spent = spending.read(session, now.date(), [FLEET]).get(FLEET, 0)
    return DailyBudget(spent, settings.budgets.fleet).saving > Saving.NONE


def _report(found: dict[str, int]) -> None:
    for kind, count in found.items():
        metrics.SWEPT.labels(kind).inc(count)
        log.info("swept", kind=kind, count=count)
