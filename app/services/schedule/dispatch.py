"""The dispatcher: claims due bots and publishes one tick each."""

from __future__ import annotations

from app import metrics
from app.db import SessionFactory
from app.domain.ports import Clock, TaskQueue
from app.repositories.schedule import due_ticks
from app.services.schedule import ramp_up

BATCH = 1_000
EXPIRES_S = 30.0


def dispatch_ticks(sessions: SessionFactory, queue: TaskQueue, clock: Clock) -> int:
    """Publishes a tick for every due bot; returns how many.

    The claim is committed first: a tick that is then not published comes again at its bot's next due time. After an
    outage the overdue ticks are spread over a minute before anything is claimed.
    """
    ramp_up.record_heartbeat(sessions, clock.now())
    published = 0
    while True:
        now = clock.now()
        with sessions.begin() as session:
            due = due_ticks.claim_due(session, now, BATCH)
        if not due:
            return published
        metrics.TICK_LAG.set((now - min(tick.due_at for tick in due)).total_seconds())
        sent = queue.publish_ticks(due, EXPIRES_S)
        metrics.TICKS_DISPATCHED.inc(sent)
        metrics.TICKS_UNPUBLISHED.inc(len(due) - sent)
        published += sent
        if len(due) < BATCH:
            return published
