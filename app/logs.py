"""Structured logs, for people or for machines, without secrets and without line breaks that input could forge."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

TOKEN = re.compile(r"\d{6,12}:[A-Za-z0-9_-]{35}")
URL_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]+@")


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
    for name in ("httpx", "httpcore", "urllib3", "openai", "groq", "telethon"):
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Removes bot tokens and passwords in URLs from every text of a line, and escapes line breaks."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = clean(value)
    return event


def clean(text: str) -> str:
    """`text` without bot tokens, without passwords in URLs, on one line."""
    text = URL_PASSWORD.sub(r"\1:***@", TOKEN.sub("***", text))
    return text.replace("\r", "\\r").replace("\n", "\\n")
