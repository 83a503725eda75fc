"""Reading of due news feeds, one after the other, outside of ticks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

import structlog

from app import metrics
from app.db import SessionFactory
from app.domain.errors import NotFound, PageGone, WebError
from app.domain.feeds.headlines import wait_after
from app.domain.ports import Clock, FeedAnswer, FeedSource
from app.repositories.feeds import feeds
from app.repositories.feeds.feeds import DueFeed
from app.repositories.schedule.retention import HEADLINE_DAYS
from app.services.settings.values import SettingsReader
from app.services.work import FEED, work_each

BATCH = 5
READING_S = 40.0
"""Seconds a worker reads feeds before it frees its thread; one feed takes 15 s at most: 10 to fetch, 5 to parse."""
LEASE_S = 300.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FeedPorts:
    """The database, the operators' settings, and the HTTP client."""

    sessions: SessionFactory
    settings: SettingsReader
    source: FeedSource
    clock: Clock


def read_due_feeds(ports: FeedPorts) -> None:
    """Fetches due feeds until none is left or the time is up.

    A feed is leased before it is requested, and no session is open meanwhile: if the worker dies, its feeds are due
    again when the lease ends.
    """
    until = ports.clock.now() + dt.timedelta(seconds=READING_S)
    while (now := ports.clock.now()) < until:
        with ports.sessions.begin() as session:
            due = feeds.claim_due(session, now, now + dt.timedelta(seconds=LEASE_S), BATCH)
        work_each(ports.sessions, ports.clock, FEED, due, partial(read_feed, ports))
        if len(due) < BATCH:
            return


def read_now(ports: FeedPorts, feed_id: int) -> None:
    """Fetches one feed, due or not, paused or not. Raises NotFound."""
    with ports.sessions.begin() as session:
        feed = feeds.claim_one(session, feed_id, ports.clock.now() + dt.timedelta(seconds=LEASE_S))
    if feed is None:
        raise NotFound(f"There is no feed {feed_id}.")
    read_feed(ports, feed)


def read_feed(ports: FeedPorts, feed: DueFeed) -> None:
    """Fetches a feed and stores the answer or the failure."""
    try:
        answer = ports.source.read(feed.url, feed.etag, feed.last_modified)
    except WebError as error:
        store_failure(ports, feed, error)
    else:
        store(ports, feed, answer)


def store(ports: FeedPorts, feed: DueFeed, answer: FeedAnswer) -> None:
    """Stores the result of a fetch; the next one is due after the interval of the settings."""
    now = ports.clock.now()
    next_at = now + dt.timedelta(seconds=ports.settings.read().news_interval_s)
    stamps = {"etag": answer.etag, "last_modified": answer.last_modified}
    with ports.sessions.begin() as session:
        if answer.fresh:
            feeds.add_headlines(session, feed.id, answer.headlines, now, now - dt.timedelta(days=HEADLINE_DAYS))
        url = answer.moved_to or feed.url
        feeds.record_success(session, feed.id, now, next_at, title=answer.title, url=url, **stamps)
    metrics.FEED_READS.labels("fresh" if answer.fresh else "unchanged").inc()
    if answer.moved_to:
        log.info("feed_moved", feed=feed.id)


def store_failure(ports: FeedPorts, feed: DueFeed, error: WebError) -> None:
    """Stores why a fetch failed; each failure in a row doubles the wait, and a feed that is gone is paused."""
    now = ports.clock.now()
    wait_s = wait_after(ports.settings.read().news_interval_s, feed.failures + 1, error.retry_after_s)
    next_at = now + dt.timedelta(seconds=wait_s)
    gone = isinstance(error, PageGone)
    with ports.sessions.begin() as session:
        feeds.record_failure(session, feed.id, str(error), now, next_at, gone)
    metrics.FEED_READS.labels("failed").inc()
    log.warning("feed_failed", feed=feed.id, error=str(error), failures=feed.failures + 1, wait_s=round(wait_s))
