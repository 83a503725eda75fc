"""The circuit breaker of a provider: pybreaker's rules, with their state in Redis, shared by all workers.

pybreaker's own `call` holds a lock during the call, which would allow one request per process at a time. So callers
use `ask` before a call and `report` afterwards.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
from contextlib import suppress

import pybreaker
import redis
import structlog

from app import metrics
from app.domain.ports import Grant
from app.outages import log_unless_away, may_lack_redis

FAIL_MAX = 5
"""Consecutive failures until it opens: fewer would open it when a restart cuts off one burst of requests."""

RESET_S = 10.0
"""Seconds open before a trial call: a failed trial is cheap, and people should not wait long for answers."""

TRIAL_LOOK_S = 1.0
"""Seconds until the next check while another worker's trial is in progress."""

LEVELS = {pybreaker.STATE_CLOSED: 0, pybreaker.STATE_HALF_OPEN: 1, pybreaker.STATE_OPEN: 2}

log = structlog.get_logger()


class _Storage(pybreaker.CircuitRedisStorage):
    """Storage without pybreaker's traceback for every failed Redis command: the limiter logs outages already."""

    logger = logging.getLogger(f"{__name__}.redis")


_Storage.logger.setLevel(logging.CRITICAL + 1)


class _Unavailable(Exception):
    """A failed call, for pybreaker to count."""


class _Circuit(pybreaker.CircuitBreaker):
    """A breaker that logs and counts its transitions, in the process that made them."""

    def open(self) -> bool:
        self._tell(pybreaker.STATE_OPEN)
        return super().open()

    def half_open(self) -> None:
        self._tell(pybreaker.STATE_HALF_OPEN)
        super().half_open()

    def close(self) -> None:
        self._tell(pybreaker.STATE_CLOSED)
        super().close()

    def _tell(self, state: str) -> None:
        metrics.LLM_BREAKER_CHANGES.labels(self.name, state).inc()
        metrics.LLM_BREAKER_STATE.labels(self.name).set(LEVELS[state])
        log.warning("llm_breaker", provider=self.name, state=state)


class RedisCircuitBreaker:
    """Opens after `FAIL_MAX` failures in a row, lets one call try after `RESET_S`, and closes when it succeeds.

    Without Redis, or with its state lost, the breaker is closed. `trial_s` bounds how long a trial whose worker died
    blocks others. `report` and `cancel` refer to their thread's last `ask`.
    """

    def __init__(self, client: redis.Redis, name: str, trial_s: float) -> None:
        self._client = client
        self._name = name
        self._trial_key = f"llm:breaker:{name}:trial"
        self._trial_ms = math.ceil(trial_s * 1000)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._built: tuple[_Circuit, _Storage] | None = None
        metrics.LLM_BREAKER_STATE.labels(name).set(LEVELS[pybreaker.STATE_CLOSED])

    def ask(self) -> Grant:
        """Returns whether a call may be made now; a granted one must be followed by `report` or `cancel`."""
        self._local.trying = False
        try:
            circuit, storage = self._circuit()
            state = circuit.current_state
            metrics.LLM_BREAKER_STATE.labels(self._name).set(LEVELS[state])
            if state == pybreaker.STATE_CLOSED:
                return Grant(True)
            rest_s = self._rest_s(storage) if state == pybreaker.STATE_OPEN else 0.0
            return Grant(False, rest_s) if rest_s > 0 else self._try(circuit)
        except redis.RedisError as error:
            log_unless_away(error)
            return Grant(True)

    def is_open(self) -> bool:
        """Returns whether calls are turned away now, or one is on trial; changes nothing. Without Redis it is not."""
        try:
            return str(self._circuit()[0].current_state) != pybreaker.STATE_CLOSED
        except redis.RedisError as error:
            log_unless_away(error)
            return False

    def report(self, available: bool, leave: bool = False) -> None:
        """Records whether the provider answered a call at all, even with a refusal.

        `leave` opens a closed breaker after this one failure.

        Ignores calls begun before the breaker opened: they may end late, say nothing about the provider now, and would
        end another worker's trial or postpone the next one.
        """
        with may_lack_redis(), suppress(pybreaker.CircuitBreakerError, _Unavailable):
            circuit, _ = self._circuit()
            try:
                closed = circuit.current_state == pybreaker.STATE_CLOSED
                if closed and leave and not available:
                    circuit.open()
                elif closed or self._is_trying:
                    circuit.call(_outcome, available)
            finally:
                self.cancel()
                metrics.LLM_BREAKER_STATE.labels(self._name).set(LEVELS[circuit.current_state])

    def cancel(self) -> None:
        """Releases the grant of a call that was not made."""
        if not self._is_trying:
            return
        self._local.trying = False
        with may_lack_redis():
            self._client.delete(self._trial_key)

    @property
    def _is_trying(self) -> bool:
        return getattr(self._local, "trying", False)

    def _try(self, circuit: _Circuit) -> Grant:
        """Claims the trial call, one at a time over all workers."""
        if not self._client.set(self._trial_key, 1, nx=True, px=self._trial_ms):
            return Grant(False, TRIAL_LOOK_S)
        self._local.trying = True
        if circuit.current_state == pybreaker.STATE_OPEN:
            circuit.half_open()
        return Grant(True)

    def _rest_s(self, storage: _Storage) -> float:
        opened_at = storage.opened_at
        if opened_at is None:
            return 0.0
        return RESET_S - (dt.datetime.now(dt.UTC) - opened_at).total_seconds()

    def _circuit(self) -> tuple[_Circuit, _Storage]:
        """Returns the breaker, built at the first use, because that calls Redis. Raises RedisError."""
        with self._lock:
            if self._built is None:
                storage = _Storage(pybreaker.STATE_CLOSED, self._client, namespace=f"llm:breaker:{self._name}")
                circuit = _Circuit(
                    FAIL_MAX, RESET_S, state_storage=storage, name=self._name, throw_new_error_on_trip=False
                )
                self._built = (circuit, storage)
            return self._built


def _outcome(available: bool) -> None:
    if not available:
        raise _Unavailable
