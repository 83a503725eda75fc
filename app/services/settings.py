"""Settings that operators change while the fleet runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from app.db import SessionFactory
from app.domain.ports import Clock
from app.domain.settings import FleetSettings, parse_setting, settings_from
from app.repositories import settings as repository
from app.repositories.settings import Override


def load_settings(sessions: SessionFactory) -> FleetSettings:
    """The settings as they are stored now; what nobody changed has its default."""
    return settings_from({key: item.value for key, item in list_overrides(sessions).items()})


def list_overrides(sessions: SessionFactory) -> dict[str, Override]:
    """What differs from the defaults, with who changed it and when."""
    with sessions() as session:
        return repository.read_overrides(session)


def write_settings(
    sessions: SessionFactory, raw: Mapping[str, Any], updated_by: str | None, clock: Clock
) -> FleetSettings:
    """Checks and stores values, all or none, and returns the settings after that.

    A shorter `tick_interval_s` moves turns that are scheduled already nearer. Raises InvalidInput naming the first
    setting that does not exist or does not fit.
    """
    values = {key: parse_setting(key, value) for key, value in raw.items()}
    with sessions.begin() as session:
        repository.write_overrides(session, values, updated_by)
        interval_s = values.get("tick_interval_s")
        if isinstance(interval_s, float):
            repository.respace_ticks(session, clock.now(), interval_s)
    return load_settings(sessions)


class SettingsReader:
    """Settings for code that asks often: read from Postgres at most once every `ttl_s` seconds, shared by threads."""

    def __init__(
        self, sessions: SessionFactory, ttl_s: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions = sessions
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: tuple[float, FleetSettings] | None = None

    def read(self) -> FleetSettings:
        """The settings, at most `ttl_s` seconds old."""
        held = self._held
        if held is not None and self._monotonic() - held[0] < self._ttl_s:
            return held[1]
        with self._lock:
            held = self._held
            if held is None or self._monotonic() - held[0] >= self._ttl_s:
                held = (self._monotonic(), load_settings(self._sessions))
                self._held = held
            return held[1]

    def forget(self) -> None:
        """Makes the next read ask Postgres, after this process wrote a setting itself."""
        self._held = None
