"""The circuit breaker of a provider: pybreaker's rules, with their state in Redis, shared by all workers.

pybreaker's own `call` holds a lock for as long as the call lasts, which would let one request a process through at a
time. So here it is asked before a call, and told afterwards how the call went.
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
"""Failures in a row until it opens: fewer would open on a single burst of requests that a restart cuts off."""

RESET_S = 10.0
"""Seconds until one call tries again: a refused trial is cheap, and people should not miss their answers long."""

TRIAL_LOOK_S = 1.0
"""While another worker's trial is under way, seconds until it makes sense to look again."""

LEVELS = {pybreaker.STATE_CLOSED: 0, pybreaker.STATE_HALF_OPEN: 1, pybreaker.STATE_OPEN: 2}

log = structlog.get_logger()


class _Storage(pybreaker.CircuitRedisStorage):
    """Without pybreaker's traceback for every command that Redis does not answer: the limiter tells of that already."""

    logger = logging.getLogger(f"{__name__}.redis")


_Storage.logger.setLevel(logging.CRITICAL + 1)


class _Unavailable(Exception):
    """Stands for a failed call."""


class _Circuit(pybreaker.CircuitBreaker):
    """Tells of its transitions, each in the process that made it."""

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

    A Redis that does not answer, or has lost the state, is a closed breaker. `trial_s` bounds how long a trial whose
    worker died keeps others from trying. `report` and `cancel` speak of their thread's last `ask`.
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
        """Whether a call may be made now; a granted one must be followed by `report` or `cancel`."""
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

    def report(self, available: bool, leave: bool = False) -> None:
        """Tells how a call went: whether the provider answered at all, be it with a refusal.

        `leave` opens a closed breaker after this one failure.

        A call from before the breaker opened may hang for longer than the breaker rests: how it ends says nothing of
        the provider as it is now, and would end another worker's trial or put the next one off.
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
        """Gives back the permission for a call that is not made after all."""
        if not self._is_trying:
            return
        self._local.trying = False
        with may_lack_redis():
            self._client.delete(self._trial_key)

    @property
    def _is_trying(self) -> bool:
        return getattr(self._local, "trying", False)

    def _try(self, circuit: _Circuit) -> Grant:
        """One trial at a time over all workers."""
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
        """Built at the first use, because building it asks Redis. Raises RedisError."""
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
