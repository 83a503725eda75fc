"""What Celery and kombu say themselves: terminal output as log lines, and no traceback for each task of an outage."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from celery.apps import worker

from app.redis_servers import BROKER, is_told_by_redis

NO_USE = "In Celery 5.1 we introduced"
"""It comes with every lost connection and recommends a setting that threads cannot have (decision 2)."""

ENDS = "celery.worker"
"""The logger of "Unrecoverable error"; acknowledgements that fail are as critical, to loggers below it."""

log = structlog.get_logger()


def log_last_words() -> None:
    """Replaces the function by which a worker writes to its terminal, and leaves useless lines of libraries out.

    Call it after the logs are configured.
    """
    worker.safe_say = _say
    for handler in logging.getLogger().handlers:
        handler.addFilter(is_useful)


def is_useful(record: logging.LogRecord) -> bool:
    """Whether a line is to be written. An outage of the broker is told once, not by each acknowledgement it fails.

    What ends the worker is written in any case.
    """
    if record.name == ENDS and record.levelno >= logging.CRITICAL:
        return True
    if record.name == "py.warnings":
        return NO_USE not in record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    if error is None or not record.name.startswith(("celery", "kombu")) or not is_told_by_redis(error):
        return True
    BROKER.failed(error)
    return False


def _say(message: Any, *_: Any) -> None:
    log.info("worker_says", detail=str(message))
