"""`chorus celery`: Celery's own command with the installation's variables."""

from __future__ import annotations

import os
import sys

import click

from app.cli.installation import read_settings
from app.cli.stack.checks import check_redis

CELERY = (sys.executable, "-m", "celery", "-A", "tasks.celery")


@click.command(
    "celery",
    short_help="Run Celery's own commands on this installation.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND] [ARGS]...")
def celery(words: tuple[str, ...]) -> None:
    """\b
    Examples:
      chorus celery status                 which workers answer
      chorus celery inspect active         what they work on now
      chorus celery call chorus.sweep      one task, now
      chorus celery purge                  empty the queues; asks first

    Everything after `celery` goes to Celery, which this process becomes; `chorus celery COMMAND --help` is
    Celery's. Workers are started by `chorus up` or `chorus worker`. Purging loses no work: what is due stays
    due in Postgres, and is published again.
    """
    settings = read_settings()
    words = words or ("--help",)
    if "--help" not in words:
        check_redis("BROKER_URL", settings.broker_url)
    os.execv(CELERY[0], (*CELERY, *words))  # noqa: S606 - our own Python, the operator's words
