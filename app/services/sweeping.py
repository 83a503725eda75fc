"""Finds what was left hanging and sets it going again, or ends it with a reason."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from app import metrics
from app.db import SessionFactory
from app.domain.ports import Clock, TaskQueue
from app.repositories import lanes, mentions, sweeps
from app.services.settings import SettingsReader

MENTION_NUDGE_S = 8.0
MENTIONS = 200
INBOX_DAYS = 3
HISTORY_DAYS = 90

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SweepPorts:
    """What the sweepers need of the outside."""

    sessions: SessionFactory
    settings: SettingsReader
    queue: TaskQueue
    clock: Clock


def sweep(ports: SweepPorts) -> None:
    """Recovers states whose worker died, ends what is stale, and nudges mentions and lanes that seem forgotten."""
    now = ports.clock.now()
    settings = ports.settings.read()
    with ports.sessions.begin() as session:
        found = {
            "sending_to_unknown": sweeps.settle_sending(session, now),
            "generating_to_planned": sweeps.recover_generating(session, now),
            "request_abandoned": sweeps.abandon_requests(session, now),
            "stale": sweeps.drop_stale(session, now, settings.ambient_patience_s, settings.mention_patience_s),
            "mention_expired": mentions.expire(session, now),
        }
        overdue = mentions.claim_overdue(session, now, MENTION_NUDGE_S, MENTIONS)
        waiting = lanes.waiting_lanes(session, now)
    found["mention_nudged"] = len(overdue)
    for tick in overdue:
        ports.queue.publish_urgent_tick(tick)
    for lane in waiting:
        ports.queue.nudge_generation(lane)
    _report({kind: count for kind, count in found.items() if count})


def prune(ports: SweepPorts) -> None:
    """Deletes what is past its retention: finished updates after 3 days, the rest of the history after 90."""
    with ports.sessions.begin() as session:
        deleted = sweeps.prune(session, ports.clock.now(), INBOX_DAYS, HISTORY_DAYS)
    log.info("pruned", rows=deleted)


def _report(found: dict[str, int]) -> None:
    for kind, count in found.items():
        metrics.SWEPT.labels(kind).inc(count)
    if found:
        log.info("swept", **found)
