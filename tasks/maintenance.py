"""What runs in the background on a schedule."""

from __future__ import annotations

from app.queues import TASK_CHECK_TOKENS, TASK_DIGEST, TASK_FEEDS, TASK_FORGET, TASK_INSIGHT, TASK_PRUNE, TASK_SWEEP
from app.services.feeds import reading
from app.services.fleet import tokens
from app.services.people import forgetting
from app.services.schedule import retention, sweeping
from tasks.celery import app, runtime


@app.task(name=TASK_SWEEP)
def sweep() -> None:
    """Sets what was left hanging going again."""
    sweeping.sweep(runtime.sweeping)


@app.task(name=TASK_DIGEST)
def digest() -> None:
    """Plans digests of the chats that are due for one."""
    sweeping.plan_digests(runtime.sweeping)


@app.task(name=TASK_INSIGHT)
def insight() -> None:
    """Plans the reading of chats' newest messages."""
    sweeping.plan_insights(runtime.sweeping)


@app.task(name=TASK_PRUNE)
def prune() -> None:
    """Deletes what is past its retention."""
    retention.prune(runtime.retention)


@app.task(name=TASK_FORGET)
def forget() -> None:
    """Forgets people who asked for it."""
    forgetting.forget(runtime.forgetting)


@app.task(name=TASK_CHECK_TOKENS)
def check_tokens() -> None:
    """Asks Telegram about the bots that were not asked about for an hour."""
    tokens.check_due(runtime.tokens)


@app.task(name=TASK_FEEDS)
def read_feeds() -> None:
    """Looks at the news feeds that are due."""
    reading.read_due_feeds(runtime.feeds)
