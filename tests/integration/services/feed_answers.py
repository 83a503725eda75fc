"""What feeds answer in tests."""

from __future__ import annotations

import datetime as dt

from app.db import SessionFactory
from app.domain.feeds.headlines import Headline
from app.domain.ports import FeedAnswer
from app.services.feeds import sources
from tests.integration.services.conftest import FixedClock

URL = "https://news.example/feed.xml"


def found(clock: FixedClock, *titles: str, title: str = "The Feed", **more: str) -> FeedAnswer:
    """A fresh answer whose first headline is the newest."""
    headlines = [
        Headline(name, name, clock.now() - dt.timedelta(minutes=number + 1)) for number, name in enumerate(titles)
    ]
    return FeedAnswer(True, title, tuple(headlines), **more)


def titles(sessions: SessionFactory) -> list[str]:
    """All headlines that are kept, the newest first."""
    return [item.title for item in sources.list_headlines(sessions)]


def pass_seconds(clock: FixedClock, seconds: float) -> None:
    """Time goes by."""
    clock.instant += dt.timedelta(seconds=seconds)
