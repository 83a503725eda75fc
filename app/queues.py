"""Names of queues and tasks, and the stable mapping of bots to shards."""

from __future__ import annotations

import zlib

DISPATCH = "dispatch"
URGENT = "ticks.urgent"
GENERATION = "generation"
DELIVERY = "delivery"
INGEST = "ingest"
MAINTENANCE = "maintenance"

IO_QUEUES = (DISPATCH, URGENT, GENERATION, DELIVERY, INGEST, MAINTENANCE)

TASK_DISPATCH = "chorus.dispatch_ticks"
TASK_TICK = "chorus.tick"
TASK_GENERATE = "chorus.generate"
TASK_DELIVER = "chorus.deliver"
TASK_INGEST = "chorus.ingest"
TASK_SWEEP = "chorus.sweep"
TASK_DIGEST = "chorus.plan_digests"
TASK_INSIGHT = "chorus.plan_insights"
TASK_PRUNE = "chorus.prune"
TASK_FORGET = "chorus.forget"
TASK_CHECK_TOKENS = "chorus.check_tokens"
TASK_FEEDS = "chorus.read_feeds"

ROUTES = {
    TASK_DISPATCH: {"queue": DISPATCH},
    TASK_GENERATE: {"queue": GENERATION},
    TASK_DELIVER: {"queue": DELIVERY},
    TASK_INGEST: {"queue": INGEST},
    TASK_SWEEP: {"queue": MAINTENANCE},
    TASK_DIGEST: {"queue": MAINTENANCE},
    TASK_INSIGHT: {"queue": MAINTENANCE},
    TASK_FORGET: {"queue": MAINTENANCE},
    TASK_PRUNE: {"queue": MAINTENANCE},
    TASK_CHECK_TOKENS: {"queue": MAINTENANCE},
    TASK_FEEDS: {"queue": MAINTENANCE},
}


def shard_of(bot_id: int, shards: int) -> int:
    """The shard of a bot: CRC-32 of its decimal id, modulo `shards`.

    CRC-32 is the same in every language and process, which Python's salted `hash` is not. Raises ValueError when
    `shards` is below 1.
    """
    if shards < 1:
        raise ValueError("shards must be at least 1")
    return zlib.crc32(str(bot_id).encode("ascii")) % shards


def tick_queue(shard: int) -> str:
    """The queue of one shard, as `ticks.7`."""
    return f"ticks.{shard}"


def tick_queues(shards: int, first: int = 0, last: int | None = None) -> list[str]:
    """Returns the queues of shards `first` to `last` inclusive; all by default.

    Raises ValueError when the slice is not within 0 … shards-1.
    """
    end = shards - 1 if last is None else last
    if not 0 <= first <= end < shards:
        raise ValueError(f"shards {first}-{end}: must lie within 0-{shards - 1}")
    return [tick_queue(shard) for shard in range(first, end + 1)]
