"""Checks of bots' tokens."""

from __future__ import annotations

from app.queues import TASK_CHECK_TOKENS
from app.services.fleet import tokens
from tasks.celery import app, runtime


@app.task(name=TASK_CHECK_TOKENS)
def check_tokens() -> None:
    """Checks the tokens that were not checked for an hour."""
    tokens.check_due(runtime.tokens)
