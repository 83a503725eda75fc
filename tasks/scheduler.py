"""Beat's scheduler: RedBeat that waits out an outage of its Redis, in one line, instead of ending with a traceback."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import redis
import structlog
from celery.beat import SchedulingError
from redbeat.schedulers import RedBeatScheduler, RedBeatSchedulerEntry, acquire_distributed_beat_lock
from redis.exceptions import LockError

LOOK_AGAIN_S = 0.5

log = structlog.get_logger()


class PatientScheduler(RedBeatScheduler):  # type: ignore[misc]
    """Emits what is due while it holds the lock. A Redis that came back empty gets the schedule and the lock anew.

    RedBeat's own `retry_period` does not reach the pipelines in which it looks for what is due.
    """

    lock: Any

    def setup_schedule(self) -> None:
        """Lays the schedule in Redis. Raises SystemExit when Redis does not answer at the start."""
        try:
            super().setup_schedule()
        except redis.RedisError as error:
            log.error("beat_cannot_start", error=type(error).__name__)
            raise SystemExit(1) from None

    def tick(self, **kwargs: Any) -> float:
        """One look at what is due; returns the seconds until the next."""
        try:
            if self.lock is None:
                self._begin_again()
            seconds: float = super().tick(**kwargs)
        except LockError:
            log.warning("beat_lost_its_lock")
            self.lock = None
            return LOOK_AGAIN_S
        except redis.RedisError as error:
            log.warning("beat_waits", error=type(error).__name__)
            return LOOK_AGAIN_S
        return seconds

    def apply_async(self, entry: RedBeatSchedulerEntry, **kwargs: Any) -> object:
        """Emits a task; one that cannot be is told in one line, and comes again at its next time."""
        try:
            return super().apply_async(entry, **kwargs)
        except (SchedulingError, redis.RedisError) as error:
            log.warning("beat_could_not_emit", hint=entry.task, error=str(error).splitlines()[0])
            return None

    def close(self) -> None:
        """Gives the lock back; without Redis it ends by itself."""
        try:
            super().close()
        except redis.RedisError as error:
            log.warning("beat_kept_its_lock", error=type(error).__name__)

    def _begin_again(self) -> None:
        super().setup_schedule()
        acquire_distributed_beat_lock(SimpleNamespace(scheduler=self))
        log.info("beat_goes_on")
