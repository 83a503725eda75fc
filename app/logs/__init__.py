"""Structured logs: one line format in every process, without secrets or forged line breaks."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

from app.logs.context import bind, bound, clear, context_of
from app.logs.redaction import clean, hide, redact
from app.logs.rendering import PROCESS_NAME, name_library, name_process, render_json, render_text, stamp

__all__ = ["PROCESS_NAME", "bind", "bound", "clean", "clear", "configure_logging", "context_of", "make_formatter"]

QUIET = {
    **dict.fromkeys(("httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "openai", "groq"), logging.WARNING),
    **dict.fromkeys(("telethon", "celery.beat", "celery.worker.strategy"), logging.WARNING),
    "celery.app.trace": logging.CRITICAL,
}
"""Levels for libraries that log every call. Errors of a task are logged by the task's base class."""

_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    stamp,
    structlog.processors.format_exc_info,
)

_PROCESSORS: list[Any] = [*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def configure_logging(level: str, style: str, secrets: Iterable[str] = (), process: str | None = None) -> None:
    """Sends the logs of structlog and of the libraries to stderr, in `style` (console or json).

    `secrets` are values to redact, besides those recognised by their form; `process` is the name of this process,
    unless its supervisor set one.
    """
    hide(secrets)
    name_process(process)
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(True)
    handler = _Stderr()
    handler.setFormatter(make_formatter(style))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the current sys.stderr at each write."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, stream: Any) -> None:
        return


def make_formatter(style: str, process: str | None = None) -> logging.Formatter:
    """Returns a formatter of our line format for any standard handler, in the name of `process` if given."""

    def rename(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return event if process is None else {**event, "process": process}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, name_library, rename],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            render_json if style == "json" else render_text,
        ],
    )
