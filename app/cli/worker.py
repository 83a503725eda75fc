"""`chorus worker`: runs one Celery worker node in place of this process."""

from __future__ import annotations

import os

import click

from app.cli.installation import read_settings
from app.cli.stack.workers import describe_node


@click.command("worker", short_help="Run one Celery worker node.")
@click.argument("node")
@click.option("--shards", "part", metavar="A-B", help="Slice of the shards that a ticks node serves [all].")
@click.option("--concurrency", type=int, help="Threads [8 for ticks, 16 for io].")
@click.option("--number", type=click.IntRange(0), default=0, show_default=True, help="Tells nodes on a host apart.")
def worker(node: str, part: str | None, concurrency: int | None, number: int) -> None:
    """\b
    Examples:
      chorus worker ticks                              every tick queue
      chorus worker ticks --shards 0-31 --number 1     half of them
      chorus worker io                                 everything that waits on others
      chorus worker generation,delivery                two groups of it

    NODE is ticks, io, or groups of io: dispatch, urgent, generation, delivery, ingest, maintenance.
    The process is replaced by Celery: SIGTERM stops it softly, unfinished work goes back to the broker.
    """
    settings = read_settings()
    described = describe_node(node, shards=settings.shards, part=part, number=number, concurrency=concurrency)
    environment = {**described.environment, **os.environ}
    os.execvpe(described.argv[0], described.argv, environment)  # noqa: S606 - our own Python, a fixed list of words
