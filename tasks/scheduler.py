"""Beat's scheduler: RedBeat that survives an outage of its Redis with one log line instead of a traceback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import redis
import structlog
from celery.beat import SchedulingError
from kombu import Connection
from kombu.exceptions import OperationalError
from redbeat.schedulers import RedBeatScheduler, RedBeatSchedulerEntry, acquire_distributed_beat_lock
from redis.exceptions import LockError

from app.outages import in_one_line
from app.redis_servers import BROKER, is_unusable

LOOK_AGAIN_S = 0.5

log = structlog.get_logger()


class PatientScheduler(RedBeatScheduler):  # type: ignore[misc]
    """Emits due tasks while it holds the lock. After Redis lost its data, it stores schedule and lock again.

    RedBeat's own `retry_period` does not cover the pipelines in which it reads due entries.
    """

    lock: Any

    def setup_schedule(self) -> None:
        """Stores the schedule in Redis. Raises SystemExit when Redis does not answer at the start."""
        try:
            super().setup_schedule()
        except redis.RedisError as error:
            BROKER.failed(error)
            log.error("beat_cannot_start", error=in_one_line(error))
            raise SystemExit(1) from None

    def tick(self, **kwargs: Any) -> float:
        """Emits due tasks once; returns the seconds until the next poll."""
        try:
            if self.lock is None:
                self._begin_again()
            seconds: float = super().tick(**kwargs)
        except LockError:
            log.warning("beat_lost_its_lock")
            self.lock = None
            return LOOK_AGAIN_S
        except (redis.RedisError, OperationalError) as error:
            BROKER.failed(error)
            return LOOK_AGAIN_S
        return seconds

    def apply_async(self, entry: RedBeatSchedulerEntry, **kwargs: Any) -> object:
        """Emits a task at once or not at all: it comes again at its next time. An outage is told once."""
        try:
            sent = super().apply_async(entry, **kwargs)
        except (SchedulingError, redis.RedisError) as error:
            if is_unusable(error):
                BROKER.failed(error)
            else:
                log.warning("beat_could_not_emit", hint=entry.task, error=str(error).splitlines()[0])
            return None
        BROKER.worked()
        return sent

    def close(self) -> None:
        """Releases the lock; without Redis it expires."""
        try:
            super().close()
        except redis.RedisError as error:
            log.warning("beat_kept_its_lock", error=type(error).__name__)

    def _ensure_connected(self) -> Connection:
        """Connects the producer or raises: beat's own waits grow to 30 s."""
        return self.connection.ensure_connection(max_retries=0)

    def _begin_again(self) -> None:
        super().setup_schedule()
        acquire_distributed_beat_lock(SimpleNamespace(scheduler=self))
        log.info("beat_goes_on")
