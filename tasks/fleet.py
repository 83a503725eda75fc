"""Bots' tokens."""

from __future__ import annotations

from app.queues import TASK_CHECK_TOKENS
from app.services.fleet import tokens
from tasks.celery import app, runtime


@app.task(name=TASK_CHECK_TOKENS)
def check_tokens() -> None:
    """Asks Telegram about the bots that were not asked about for an hour."""
    tokens.check_due(runtime.tokens)
