"""The worker's consumer: Celery's, which waits for a broker that is away or refuses, and says so once."""

from __future__ import annotations

import time
from typing import Any

from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection

from app.redis_servers import BROKER

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 1.0
"""Seconds between two attempts to connect: people wait for answers, and an attempt costs two round trips."""

CALM_S = 10.0
LONGEST_REST_S = 2.0
"""A broker that is lost again within `CALM_S` of the last loss is not away: then the rests grow up to this."""


class PatientConsumer(Consumer):  # type: ignore[misc]
    """A consumer that tries to connect until the worker is told to stop.

    Celery's own waits grow to 30 s, are logged each time, and do not know a server that answers and refuses.
    """

    _lost_at = float("-inf")
    _rest_s = FIRST_WAIT_S

    def ensure_connected(self, conn: Connection) -> Connection:
        """Returns the connection once it is established to a broker that takes messages."""
        conn.ensure_connection(
            lambda error, _: BROKER.failed(error),
            None,
            interval_start=FIRST_WAIT_S,
            interval_step=FIRST_WAIT_S,
            interval_max=LONGEST_WAIT_S,
            callback=maybe_shutdown,
        )
        BROKER.worked()
        self.first_connection_attempt = False
        return conn

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Rests after a loss: longer each time when the broker is there, but what it holds cannot be consumed."""
        BROKER.failed(exc)
        super().on_connection_error_after_connected(exc)
        now = time.monotonic()
        again = now - self._lost_at < CALM_S
        self._rest_s = min(LONGEST_REST_S, self._rest_s * 2) if again else FIRST_WAIT_S
        self._lost_at = now
        time.sleep(self._rest_s)

    def on_connection_error_before_connected(self, exc: Exception) -> Any:
        """Says once that the broker could not be used."""
        BROKER.failed(exc)
        time.sleep(FIRST_WAIT_S)
