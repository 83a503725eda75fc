"""The Celery app's configuration, and the task queue port over it."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from typing import Any

import redis
import structlog
from celery import Celery, Task
from kombu.entity import Queue
from kombu.exceptions import OperationalError

from app.adapters.broker import use_patient_broker
from app.adapters.redis.connection import connection_class
from app.config import Settings
from app.domain.errors import ConfigError
from app.domain.ports import TickRef
from app.outages import in_one_line, log_unless_away
from app.queues import (
    IO_QUEUES,
    ROUTES,
    TASK_DELIVER,
    TASK_FORGET,
    TASK_GENERATE,
    TASK_INGEST,
    TASK_TICK,
    URGENT,
    tick_queue,
    tick_queues,
)
from app.redis_servers import BROKER, CACHE, is_unusable

MIN_VISIBILITY_S = 120
"""Seconds until unacknowledged messages are redelivered, or 5 * LLM_TIMEOUT_S if that is longer."""

NUDGE_EXPIRES_S = 10.0
INGEST_NUDGE = f"nudge:{TASK_INGEST}"
INGEST_NUDGE_S = 0.5
"""Seconds for which a nudge, even if lost, suppresses others."""

NUDGE_KEPT_S = 1.0
"""Seconds after which a nudge that no worker took may be repeated."""

SOCKET = {"socket_connect_timeout": 3, "socket_keepalive": True}
"""Seconds to connect to the broker; a connection that vanished is noticed by keepalives."""

HOW_TO_RUN = """\
`chorus` brings an installation's variables: run Celery's commands as `chorus celery …`, for example
`chorus celery inspect active`, and workers as `chorus worker …`."""

PUBLISH_ERRORS = (OperationalError, redis.RedisError, OSError)

log = structlog.get_logger()


def read_settings() -> Settings:
    """Returns the settings of a process that Celery starts; without them it ends with what is missing and what to run.

    Celery would answer an error of its app's module with a traceback.
    """
    try:
        return Settings.from_env()
    except ConfigError as error:
        sys.stderr.write(f"Error: {error}\n\n{HOW_TO_RUN}\n")
        raise SystemExit(2) from None


def create_celery(settings: Settings, task_class: type[Task] = Task) -> Celery:
    """Creates the Celery app: JSON only, late acks, no results, one priority step (docs/decisions)."""
    use_patient_broker()
    app = Celery("chorus", broker=settings.broker_url, task_cls=task_class)
    app.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=True,
        task_queues=[Queue(name) for name in (*IO_QUEUES, *tick_queues(settings.shards))],
        task_create_missing_queues=False,
        task_default_queue="maintenance",
        task_routes=ROUTES,
        broker_transport_options={
            **SOCKET,
            "priority_steps": [0],
            "visibility_timeout": max(MIN_VISIBILITY_S, int(5 * settings.llm_timeout_s)),
            "health_check_interval": 10,
            "retry_on_timeout": True,
            "max_retries": 1,
            "interval_start": 0.1,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_pool_limit=20,
        worker_soft_shutdown_timeout=8.0,
        worker_enable_soft_shutdown_on_idle=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=False,
        task_send_sent_event=False,
        timezone="UTC",
        enable_utc=True,
        redbeat_redis_url=settings.broker_url,
        redbeat_redis_options={**SOCKET, "connection_class": connection_class(settings.broker_url)},
        redbeat_lock_timeout=5,
        beat_max_loop_interval=1,
    )
    return app


class CeleryTaskQueue:
    """The TaskQueue port over Celery. An unreachable broker delays work but loses none: it stays due in Postgres."""

    def __init__(self, app: Celery, cache: redis.Redis) -> None:
        self._app = app
        self._cache = cache

    def publish_ticks(self, ticks: Iterable[TickRef], expires_s: float) -> int:
        """Publishes one tick per bot with one pooled producer; returns how many were published."""
        published = 0
        try:
            with self._app.producer_pool.acquire(block=True, timeout=5) as producer:
                for tick in ticks:
                    self._send(TASK_TICK, _tick_args(tick), tick_queue(tick.shard), expires_s, producer=producer)
                    published += 1
        except PUBLISH_ERRORS as error:
            _log_unpublished(TASK_TICK, error)
        return published

    def publish_urgent_tick(self, tick: TickRef) -> None:
        """Publishes a tick for a mentioned bot to the urgent queue, which is consumed before the shards."""
        self._try_send(TASK_TICK, _tick_args(tick), URGENT)

    def nudge_generation(self, lane: str, delay_s: float = 0.0) -> None:
        """Publishes a task for a lane, unless one is pending.

        The mark of a delayed one expires when it is due, so that the task may publish the next one.
        """
        if self._is_first(f"nudge:{TASK_GENERATE}:{lane}:{'later' if delay_s else 'now'}", delay_s or NUDGE_KEPT_S):
            self._try_send(TASK_GENERATE, [lane], None, delay_s)

    def nudge_delivery(self) -> None:
        """Publishes a delivery task."""
        self._try_send(TASK_DELIVER, [], None)

    def nudge_ingest(self) -> None:
        """Publishes an ingest task, unless one is pending."""
        if self._is_first(INGEST_NUDGE, INGEST_NUDGE_S):
            self._try_send(TASK_INGEST, [], None)

    def nudge_forgetting(self) -> None:
        """Publishes a task for the forget requests."""
        self._try_send(TASK_FORGET, [], None)

    def forget_ingest_nudge(self) -> None:
        """Clears the mark of a pending ingest nudge; the task calls it as it starts."""
        try:
            self._cache.delete(INGEST_NUDGE)
        except redis.RedisError as error:
            log_unless_away(error)
            return

    def forget_nudge(self, lane: str) -> None:
        """Clears the mark of a lane's pending nudge; the task calls it as it starts."""
        try:
            self._cache.delete(f"nudge:{TASK_GENERATE}:{lane}:now")
        except redis.RedisError as error:
            log_unless_away(error)
            return

    def _is_first(self, key: str, ttl_s: float) -> bool:
        try:
            is_first = bool(self._cache.set(key, 1, nx=True, px=max(1, int(ttl_s * 1000))))
        except redis.RedisError as error:
            log_unless_away(error)
            return True
        CACHE.worked()
        return is_first

    def _try_send(self, name: str, args: list[Any], queue: str | None, delay_s: float = 0.0) -> None:
        try:
            self._send(name, args, queue, NUDGE_EXPIRES_S + delay_s, countdown=delay_s or None)
        except PUBLISH_ERRORS as error:
            _log_unpublished(name, error)

    def _send(self, name: str, args: list[Any], queue: str | None, expires_s: float, **options: Any) -> None:
        self._app.send_task(name, args=args, queue=queue, expires=expires_s, retry=False, **options)
        BROKER.worked()


def _log_unpublished(name: str, error: Exception) -> None:
    """Logs an outage of the broker once, and every other error in a line."""
    if is_unusable(error):
        BROKER.failed(error)
    else:
        log.warning("publish_failed", hint=name, error=in_one_line(error))


def _tick_args(tick: TickRef) -> list[Any]:
    return [tick.bot_id, tick.due_at.astimezone(dt.UTC).isoformat(), tick.mention_id]
