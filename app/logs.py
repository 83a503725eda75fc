"""Structured logs, for people or for machines, without secrets and without line breaks that input could forge."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
URL_PASSWORD = re.compile(r"(://[^:/@\s]*):\S+@")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
QUIET = (
    *("httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "openai", "groq", "telethon"),
    *("celery.beat", "celery.worker.strategy", "celery.app.trace"),
)
"""Libraries that tell of every call; their warnings and errors are heard."""


def configure_logging(level: str, style: str) -> None:
    """Sends the logs of structlog and of the libraries to stderr, as `style` (console or json)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, redact],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Removes bot tokens and passwords in URLs from a whole line, however deep, and escapes control characters."""
    for key, value in event.items():
        if not key.startswith("_") and key != "exc_info":
            event[key] = _redacted(value)
    return event


def clean(text: str) -> str:
    """`text` without bot tokens, without passwords in URLs, on one line."""
    text = URL_PASSWORD.sub(r"\1:***@", TOKEN.sub("***", text))
    return CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)


def _redacted(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {clean(str(key)): _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item) for item in value]
    return clean(str(value))
