"""Celery workers: the queues of a node, and its command line."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from itertools import pairwise

from app.domain.errors import InvalidInput
from app.logs import PROCESS_NAME
from app.queues import IO_QUEUES, URGENT, tick_queues

CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "tasks.celery")
POOL = "app.adapters.thread_pool:ThreadPool"
GROUPS = {"urgent": URGENT} | {queue: queue for queue in IO_QUEUES if queue != URGENT}
TICKS, IO = "ticks", "io"
_THREADS = {TICKS: 8, IO: 16}
_PREFETCH = {TICKS: 4, IO: 1}
_PRIORITY: dict[str, tuple[str, ...]] = {TICKS: ("nice", "-n", "10"), IO: ()}
"""Ticks run at a lower CPU priority, so that answers to people come first under load."""


@dataclass(frozen=True)
class WorkerNode:
    """One Celery worker process: `kind` is ticks or io, `label` makes its node name unique on the host."""

    kind: str
    label: str
    queues: tuple[str, ...]
    concurrency: int

    @property
    def node_name(self) -> str:
        """The node's name in Celery."""
        return f"{self.label}@{socket.gethostname()}"

    @property
    def environment(self) -> dict[str, str]:
        """Soft shutdown on SIGTERM, our own pool, a database connection for every thread, the name in logs."""
        return {
            "REMAP_SIGTERM": "SIGQUIT",
            "CELERY_CUSTOM_WORKER_POOL": POOL,
            "DB_POOL_SIZE": str(self.concurrency),
            PROCESS_NAME: f"worker-{self.label}",
        }

    @property
    def argv(self) -> tuple[str, ...]:
        """Threads pool; task events, which cost 40% of a worker's speed, on I/O nodes only; ticks at low priority."""
        manner = ("--pool", "custom", "--concurrency", str(self.concurrency))
        prefetch = ("--prefetch-multiplier", str(_PREFETCH[self.kind]))
        quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
        events = ("-E",) if self.kind == IO else ()
        name = ("-n", self.node_name, "-Q", ",".join(self.queues))
        return (*_PRIORITY[self.kind], *CELERY, "worker", *name, *manner, *prefetch, *quiet, *events)


def describe_node(
    node: str, *, shards: int, part: str | None = None, number: int = 0, concurrency: int | None = None
) -> WorkerNode:
    """Returns the worker for NODE: `ticks`, `io`, or I/O groups such as `generation` or `generation,delivery`.

    `part` (as `0-31`) limits a ticks node to a slice of the shards. Raises InvalidInput naming NODE, --shards or
    --concurrency.
    """
    if concurrency is not None and concurrency < 1:
        raise InvalidInput("--concurrency", "must be at least 1")
    if node == TICKS:
        queues = _tick_slice(part, shards)
        return WorkerNode(TICKS, f"ticks{number}", queues, concurrency or _THREADS[TICKS])
    if part is not None:
        raise InvalidInput("--shards", "belongs to a ticks node only; leave it out")
    names = list(GROUPS) if node == IO else [name.strip() for name in node.split(",")]
    if unknown := [name for name in names if name not in GROUPS]:
        raise InvalidInput("NODE", f"{unknown[0]!r} is not one of ticks, io, {', '.join(GROUPS)}")
    label = f"{node.replace(',', '-')}{number}"
    return WorkerNode(IO, label, tuple(GROUPS[name] for name in names), concurrency or _THREADS[IO])


def split_shards(shards: int, nodes: int) -> list[str]:
    """Returns `nodes` slices of 0 … shards-1 of nearly equal size, as `0-31`. Raises InvalidInput if too many."""
    if not 1 <= nodes <= shards:
        raise InvalidInput("--tick-workers", f"must be between 1 and {shards}, the number of shards")
    edges = [round(index * shards / nodes) for index in range(nodes + 1)]
    return [f"{first}-{after - 1}" for first, after in pairwise(edges)]


def _tick_slice(part: str | None, shards: int) -> tuple[str, ...]:
    if part is None:
        return tuple(tick_queues(shards))
    first, dash, last = part.partition("-")
    try:
        return tuple(tick_queues(shards, int(first), int(last if dash else first)))
    except ValueError:
        raise InvalidInput("--shards", f"must look like 0-{shards - 1}, a slice of the {shards} shards") from None
