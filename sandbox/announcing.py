"""Start and end messages of a sandbox process: JSON on stdout when run by hand, a log line under a supervisor."""

import json
import os

import click
import structlog

from app.logs import PROCESS_NAME, configure_logging

log = structlog.get_logger()


def set_logs_up() -> None:
    """Configures the common log format, on stderr."""
    configure_logging(os.environ.get("LOG_LEVEL") or "INFO", os.environ.get("LOG_FORMAT") or "console")


def announce_ready(**ports: int) -> None:
    """Reports that the process listens on these ports."""
    if os.environ.get(PROCESS_NAME):
        log.info("sandbox_ready", **ports)
    else:
        click.echo(json.dumps({"ready": True, **ports}))


def announce_end(**counts: int) -> None:
    """Reports the final counts of the process."""
    if os.environ.get(PROCESS_NAME):
        log.info("people_went_home", **counts)
    else:
        click.echo(json.dumps(counts))
