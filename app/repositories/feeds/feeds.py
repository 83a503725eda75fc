"""News feeds: claims, results of fetches, and headlines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from app.domain.feeds.headlines import Headline, News
from app.models import Feed, FeedChat

KEPT = 50
"""Headlines kept per feed."""


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed with its number of headlines and its chats as (id, title)."""

    id: int
    url: str
    title: str
    status: str
    fleet_wide: bool
    checked_at: dt.datetime | None
    failure: str | None
    failures: int
    next_at: dt.datetime
    created_at: dt.datetime
    headlines: int
    chats: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A claimed feed, with the validators (ETag, Last-Modified) of its last response."""

    id: int
    url: str
    etag: str | None
    last_modified: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class ShownHeadline:
    """A headline with its feed."""

    id: int
    feed_id: int
    feed_title: str
    title: str
    published_at: dt.datetime


RECORDS = """
    select f.id, f.url, f.title, f.status, f.fleet_wide, f.checked_at, f.failure, f.failures, f.next_at, f.created_at,
           (select count(*) from headlines h where h.feed_id = f.id) as headlines,
           (select json_agg(json_build_array(c.id, c.title) order by c.title)
              from feed_chats t join chats c on c.id = t.chat_id where t.feed_id = f.id) as chats
    from feeds f
"""

CLAIM = text("""
    with due as (
        select id from feeds where status = 'active' and next_at <= :now
        order by next_at limit :limit for update skip locked
    )
    update feeds f set next_at = :lease_until from due where f.id = due.id
    returning f.id, f.url, f.etag, f.last_modified, f.failures
""")

ADD_HEADLINES = text("""
    insert into headlines (feed_id, guid, title, published_at)
    select :feed_id, guid, title, least(coalesce(published_at, :now), :now)
    from unnest(cast(:guids as text[]), cast(:titles as text[]), cast(:published as timestamptz[]))
        as h(guid, title, published_at)
    where coalesce(published_at, :now) > :oldest and not exists (
        select from headlines k where k.feed_id = :feed_id and k.title = h.title and h.guid = k.guid || ' ' || k.title)
    on conflict (feed_id, guid) do update set title = excluded.title where headlines.title <> excluded.title
""")

TRIM = text("""
    delete from headlines where feed_id = :feed_id and id not in (
        select id from headlines where feed_id = :feed_id order by published_at desc, id limit :kept)
""")

SUCCEEDED = text("""
    update feeds f set checked_at = :now, failure = null, failures = 0, next_at = :next_at, etag = :etag,
        last_modified = :last_modified, title = case when f.title = '' then :title else f.title end,
        url = case when exists (select 1 from feeds o where o.url = :url) then f.url else :url end
    where f.id = :feed_id
""")

NEWEST = text("""
    select f.fleet_wide, h.title, h.published_at,
           (select array_agg(t.chat_id) from feed_chats t where t.feed_id = f.id) as chat_ids
    from feeds f cross join lateral (
        select title, published_at from headlines where feed_id = f.id and published_at > :since
        order by published_at desc limit :of_each) h
    where f.status = 'active'
""")


def list_feeds(session: Session) -> Sequence[FeedRecord]:
    """All feeds by title."""
    return [_record(row) for row in session.execute(text(f"{RECORDS} order by lower(f.title), f.id"))]


def find_feed(session: Session, feed_id: int) -> FeedRecord | None:
    """One feed."""
    row = session.execute(text(f"{RECORDS} where f.id = :id"), {"id": feed_id}).first()
    return None if row is None else _record(row)


def _record(row: Any) -> FeedRecord:
    chats = tuple((number, title) for number, title in row.chats or ())
    return FeedRecord(**{**row._mapping, "chats": chats})


def insert_feed(session: Session, url: str, title: str, fleet_wide: bool, now: dt.datetime) -> int | None:
    """Stores a new feed, due now, and returns its id; None when its URL is known already."""
    statement = text("""
        insert into feeds (url, title, fleet_wide, next_at) values (:url, :title, :fleet_wide, :now)
        on conflict (url) do nothing returning id
    """)
    row = session.execute(statement, {"url": url, "title": title, "fleet_wide": fleet_wide, "now": now}).first()
    return None if row is None else int(row.id)


def replace_chats(session: Session, feed_id: int, fleet_wide: bool, chat_ids: Collection[int]) -> None:
    """Replaces the chats a feed belongs to."""
    session.execute(
        text("update feeds set fleet_wide = :fleet_wide where id = :id"), {"id": feed_id, "fleet_wide": fleet_wide}
    )
    session.execute(delete(FeedChat).where(FeedChat.feed_id == feed_id))
    if chat_ids:
        session.execute(insert(FeedChat), [{"feed_id": feed_id, "chat_id": chat_id} for chat_id in set(chat_ids)])


def unknown_chats(session: Session, chat_ids: Collection[int]) -> list[int]:
    """Returns those of `chat_ids` that do not exist."""
    statement = text(
        "select id from unnest(cast(:ids as bigint[])) as given(id) where id not in (select id from chats)"
    )
    return list(session.scalars(statement, {"ids": list(chat_ids)}))


def set_status(session: Session, feed_id: int, status: str, now: dt.datetime) -> bool:
    """Pauses a feed, or makes it active and due; False when there is no such feed."""
    statement = text("update feeds set status = :status, next_at = :now where id = :id returning id")
    return session.scalar(statement, {"id": feed_id, "status": status, "now": now}) is not None


def delete_feed(session: Session, feed_id: int) -> bool:
    """Deletes a feed and its headlines; False when there is no such feed."""
    return session.scalar(delete(Feed).where(Feed.id == feed_id).returning(Feed.id)) is not None


def claim_due(session: Session, now: dt.datetime, lease_until: dt.datetime, limit: int) -> list[DueFeed]:
    """Claims up to `limit` active feeds that are due, until `lease_until`."""
    rows = session.execute(CLAIM, {"now": now, "lease_until": lease_until, "limit": limit})
    return [DueFeed(*row) for row in rows]


def claim_one(session: Session, feed_id: int, lease_until: dt.datetime) -> DueFeed | None:
    """Claims one feed, due or not; None when there is no such feed."""
    statement = text("""
        update feeds set next_at = :lease_until where id = :id returning id, url, etag, last_modified, failures
    """)
    row = session.execute(statement, {"id": feed_id, "lease_until": lease_until}).first()
    return None if row is None else DueFeed(*row)


def record_success(session: Session, feed_id: int, now: dt.datetime, next_at: dt.datetime, **told: str | None) -> None:
    """Records a successful fetch; `told` holds the current `title`, `url`, `etag` and `last_modified`."""
    session.execute(SUCCEEDED, {"feed_id": feed_id, "now": now, "next_at": next_at, **told})


def record_failure(
    session: Session, feed_id: int, words: str, now: dt.datetime, next_at: dt.datetime, gone: bool
) -> None:
    """Records a failed fetch, and pauses a feed that is `gone`."""
    statement = text("""
        update feeds set checked_at = :now, failure = :words, failures = failures + 1, next_at = :next_at,
            status = case when :gone then 'paused' else status end
        where id = :id
    """)
    session.execute(statement, {"id": feed_id, "words": words, "now": now, "next_at": next_at, "gone": gone})


def postpone(session: Session, feed_id: int, until: dt.datetime) -> bool:
    """Makes a feed due at `until`; False when it is paused or deleted."""
    statement = text("update feeds set next_at = :until where id = :id and status = 'active' returning id")
    return session.scalar(statement, {"id": feed_id, "until": until}) is not None


def give_up(session: Session, feed_id: int, words: str) -> bool:
    """Pauses an active feed, storing the reason; False when it is paused already or deleted."""
    statement = text(
        "update feeds set status = 'paused', failure = :words where id = :id and status = 'active' returning id"
    )
    return session.scalar(statement, {"id": feed_id, "words": words}) is not None


def add_headlines(
    session: Session, feed_id: int, headlines: Sequence[Headline], now: dt.datetime, oldest: dt.datetime
) -> None:
    """Stores headlines newer than `oldest` and keeps the newest 50 of the feed.

    A headline without a date counts as published when it is first seen. One that an earlier release knew by its link
    alone, and not by link and title, is known still.
    """
    params = {
        "feed_id": feed_id,
        "now": now,
        "oldest": oldest,
        "guids": [headline.guid for headline in headlines],
        "titles": [headline.title for headline in headlines],
        "published": [headline.published_at for headline in headlines],
    }
    session.execute(ADD_HEADLINES, params)
    session.execute(TRIM, {"feed_id": feed_id, "kept": KEPT})


def list_headlines(session: Session, limit: int, feed_id: int | None = None) -> Sequence[ShownHeadline]:
    """The newest headlines, of one feed or of all."""
    statement = text("""
        select h.id, h.feed_id, f.title as feed_title, h.title, h.published_at
        from headlines h join feeds f on f.id = h.feed_id
        where cast(:feed_id as bigint) is null or h.feed_id = :feed_id
        order by h.published_at desc, h.id limit :limit
    """)
    return [ShownHeadline(*row) for row in session.execute(statement, {"feed_id": feed_id, "limit": limit})]


def read_news(session: Session, since: dt.datetime, of_each: int) -> News:
    """Returns the headlines of active feeds newer than `since`, at most `of_each` a feed."""
    everywhere: list[tuple[dt.datetime, str]] = []
    chats: dict[int, list[tuple[dt.datetime, str]]] = {}
    for row in session.execute(NEWEST, {"since": since, "of_each": of_each}):
        item = (row.published_at, row.title)
        if row.fleet_wide:
            everywhere.append(item)
            continue
        for chat_id in row.chat_ids or ():
            chats.setdefault(chat_id, []).append(item)
    return News(everywhere, chats)
