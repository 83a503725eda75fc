"""Cached current headlines, read at every tick."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable

from app.db import SessionFactory
from app.domain.feeds.headlines import SHOWN, News
from app.domain.ports import Clock
from app.repositories.feeds import feeds
from app.services.settings.values import SettingsReader


class HeadlineReader:
    """Headlines by chat: read from Postgres at most once every `ttl_s` seconds, shared by threads.

    When they are stale, one thread reloads them while the others use the old ones.
    """

    def __init__(
        self,
        sessions: SessionFactory,
        settings: SettingsReader,
        clock: Clock,
        ttl_s: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._clock = clock
        self._ttl_s = ttl_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._news = News()

    def of(self, chat_id: int) -> tuple[str, ...]:
        """Up to ten headlines of a chat, the newest first."""
        if self._is_old() and self._lock.acquire(blocking=False):
            try:
                if self._is_old():
                    self._refresh()
            finally:
                self._lock.release()
        return self._news.of(chat_id)

    def _is_old(self) -> bool:
        return self._asked_at is None or self._monotonic() - self._asked_at >= self._ttl_s

    def _refresh(self) -> None:
        since = self._clock.now() - dt.timedelta(seconds=self._settings.read().news_max_age_s)
        with self._sessions() as session:
            self._news = feeds.read_news(session, since, SHOWN)
        self._asked_at = self._monotonic()
