"""What a sandbox process tells of itself: JSON on stdout for whoever started it, a log line under a supervisor."""

import json
import os

import click
import structlog

from app.logs import PROCESS_NAME, configure_logging

log = structlog.get_logger()


def set_logs_up() -> None:
    """Lines in the form of all lines, on stderr."""
    configure_logging(os.environ.get("LOG_LEVEL") or "INFO", os.environ.get("LOG_FORMAT") or "console")


def announce_ready(**ports: int) -> None:
    """The process serves at these ports."""
    if os.environ.get(PROCESS_NAME):
        log.info("sandbox_ready", **ports)
    else:
        click.echo(json.dumps({"ready": True, **ports}))


def announce_end(**counts: int) -> None:
    """The process has done its part."""
    if os.environ.get(PROCESS_NAME):
        log.info("people_went_home", **counts)
    else:
        click.echo(json.dumps(counts))
