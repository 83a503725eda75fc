"""Feeds for operators: adding, pausing and removing them, their headlines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import AddressRefused, InvalidInput, NotAFeed, NotFound, WebError
from app.domain.feeds.headlines import clean_title
from app.domain.ports import FeedAnswer
from app.repositories.feeds import feeds
from app.repositories.feeds.feeds import DueFeed, FeedRecord, ShownHeadline
from app.services.feeds.reading import FeedPorts, read_now, store, store_failure

LONGEST_URL = 2000
SHOWN = 50


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add: for every chat if it is `fleet_wide`, else for those of `chat_ids`. `title` may be empty."""

    url: str
    title: str = ""
    fleet_wide: bool = False
    chat_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed and its newest headlines."""

    feed: FeedRecord
    headlines: Sequence[ShownHeadline]


def add_feed(ports: FeedPorts, new: NewFeed) -> FeedRecord:
    """Adds a feed after fetching it once.

    One that merely cannot be reached now is added with that failure. Raises InvalidInput naming `url` (known already,
    an address that may not be reached, no feed) or `chat_ids`; then nothing is stored.
    """
    url = new.url.strip()
    if not url or len(url) > LONGEST_URL:
        raise InvalidInput("url", "must be the address of an RSS or Atom feed, such as https://example.org/feed.xml")
    with ports.sessions() as session:
        _check_chats(session, new.fleet_wide, new.chat_ids)
    found = _first_reading(ports, url)
    feed = DueFeed(_insert(ports, new, url), url, None, None, 0)
    if isinstance(found, WebError):
        store_failure(ports, feed, found)
    else:
        store(ports, feed, found)
    return get_feed(ports.sessions, feed.id).feed


def _first_reading(ports: FeedPorts, url: str) -> FeedAnswer | WebError:
    try:
        return ports.source.read(url)
    except (AddressRefused, NotAFeed) as error:
        raise InvalidInput("url", str(error)) from None
    except WebError as error:
        return error


def _insert(ports: FeedPorts, new: NewFeed, url: str) -> int:
    with ports.sessions.begin() as session:
        feed_id = feeds.insert_feed(session, url, clean_title(new.title), new.fleet_wide, ports.clock.now())
        if feed_id is None:
            raise InvalidInput("url", "is known already; change that feed instead")
        feeds.replace_chats(session, feed_id, new.fleet_wide, () if new.fleet_wide else new.chat_ids)
    return feed_id


def tie_feed(sessions: SessionFactory, feed_id: int, fleet_wide: bool, chat_ids: Collection[int]) -> FeedRecord:
    """Sets which chats a feed is for. Raises InvalidInput naming `chat_ids`, and NotFound."""
    with sessions.begin() as session:
        _check_chats(session, fleet_wide, chat_ids)
        if feeds.find_feed(session, feed_id) is None:
            raise NotFound(f"There is no feed {feed_id}.")
        feeds.replace_chats(session, feed_id, fleet_wide, () if fleet_wide else chat_ids)
    return get_feed(sessions, feed_id).feed


def _check_chats(session: Session, fleet_wide: bool, chat_ids: Collection[int]) -> None:
    if fleet_wide:
        return
    if not chat_ids:
        raise InvalidInput("chat_ids", "must name at least one chat, unless the feed is for every chat")
    unknown = feeds.unknown_chats(session, chat_ids)
    if unknown:
        raise InvalidInput("chat_ids", f"there is no chat {unknown[0]}; reload the page and choose again")


def list_feeds(sessions: SessionFactory) -> Sequence[FeedRecord]:
    """All feeds by title."""
    with sessions() as session:
        return feeds.list_feeds(session)


def get_feed(sessions: SessionFactory, feed_id: int) -> FeedView:
    """One feed and its newest headlines. Raises NotFound."""
    with sessions() as session:
        feed = feeds.find_feed(session, feed_id)
        if feed is None:
            raise NotFound(f"There is no feed {feed_id}.")
        return FeedView(feed, feeds.list_headlines(session, SHOWN, feed_id))


def list_headlines(sessions: SessionFactory) -> Sequence[ShownHeadline]:
    """The newest headlines of all feeds."""
    with sessions() as session:
        return feeds.list_headlines(session, SHOWN)


def check_feed(ports: FeedPorts, feed_id: int) -> FeedRecord:
    """Fetches a feed at once. Raises NotFound."""
    read_now(ports, feed_id)
    return get_feed(ports.sessions, feed_id).feed


def pause_feed(ports: FeedPorts, feed_id: int) -> None:
    """Stops fetching the feed and offering its headlines. Raises NotFound."""
    _set_status(ports, feed_id, "paused")


def resume_feed(ports: FeedPorts, feed_id: int) -> None:
    """Makes the feed due again soon. Raises NotFound."""
    _set_status(ports, feed_id, "active")


def remove_feed(sessions: SessionFactory, feed_id: int) -> None:
    """Deletes a feed and its headlines. Raises NotFound."""
    with sessions.begin() as session:
        if not feeds.delete_feed(session, feed_id):
            raise NotFound(f"There is no feed {feed_id}.")


def _set_status(ports: FeedPorts, feed_id: int, status: str) -> None:
    with ports.sessions.begin() as session:
        if not feeds.set_status(session, feed_id, status, ports.clock.now()):
            raise NotFound(f"There is no feed {feed_id}.")
