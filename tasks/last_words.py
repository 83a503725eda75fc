"""Celery's direct terminal output as log lines, and suppression of a useless warning."""

from __future__ import annotations

import warnings
from typing import Any

import structlog
from celery.apps import worker
from celery.exceptions import CPendingDeprecationWarning

log = structlog.get_logger()


def log_last_words() -> None:
    """Replaces the function by which a worker writes to its terminal, and silences a warning that does not apply.

    The warning comes with every lost connection and recommends a setting that threads cannot have (decision 2).
    """
    worker.safe_say = _say
    warnings.filterwarnings("ignore", r"\s*In Celery 5.1 we introduced", CPendingDeprecationWarning)


def _say(message: Any, *_: Any) -> None:
    log.info("worker_says", detail=str(message))
