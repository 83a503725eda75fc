"""Which chat hears of which feed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.models import Chat
from app.services.feeds import sources
from app.services.feeds.headlines import HeadlineReader
from app.services.feeds.reading import FeedPorts, read_due_feeds
from app.services.feeds.sources import NewFeed
from app.services.settings.values import write_settings
from tests.builders import make_chat
from tests.fakes import FakeFeeds
from tests.integration.services.conftest import FixedClock
from tests.integration.services.feed_answers import URL, found, pass_seconds, titles


@pytest.fixture
def chats(sessions: SessionFactory) -> tuple[Chat, Chat]:
    return make_chat(sessions, title="Birds"), make_chat(sessions, title="Markets")


@pytest.fixture
def reader(ports: FeedPorts, clock: FixedClock) -> HeadlineReader:
    return HeadlineReader(ports.sessions, ports.settings, clock, ttl_s=0)


@pytest.fixture
def feeds(ports: FeedPorts, source: FakeFeeds, clock: FixedClock, chats: tuple[Chat, Chat]) -> tuple[int, int]:
    """One feed for the first chat, one for all."""
    source.answers[URL] = found(clock, "Storks are early")
    source.answers["https://all/"] = found(clock, "Weather", "Traffic")
    own = sources.add_feed(ports, NewFeed(URL, chat_ids=(chats[0].id,)))
    return own.id, sources.add_feed(ports, NewFeed("https://all/", fleet_wide=True)).id


def test_a_chat_hears_of_its_own_feeds_and_of_those_for_all(
    reader: HeadlineReader, chats: tuple[Chat, Chat], feeds: tuple[int, int]
) -> None:
    assert set(reader.of(chats[0].id)) == {"Storks are early", "Weather", "Traffic"}
    assert reader.of(chats[1].id) == ("Weather", "Traffic")


def test_a_feed_can_be_given_to_other_chats(
    ports: FeedPorts, reader: HeadlineReader, chats: tuple[Chat, Chat], feeds: tuple[int, int]
) -> None:
    sources.tie_feed(ports.sessions, feeds[1], False, [chats[1].id])
    feed = sources.tie_feed(ports.sessions, feeds[0], True, [chats[0].id])
    assert (feed.fleet_wide, feed.chats) == (True, ())
    assert reader.of(chats[0].id) == ("Storks are early",)
    assert set(reader.of(chats[1].id)) == {"Storks are early", "Weather", "Traffic"}


@pytest.mark.parametrize("fleet_wide", [True, False])
def test_a_feed_that_does_not_exist_is_not_found(ports: FeedPorts, chats: tuple[Chat, Chat], fleet_wide: bool) -> None:
    with pytest.raises(NotFound):
        sources.tie_feed(ports.sessions, 404, fleet_wide, [chats[0].id])


def test_a_paused_feed_is_neither_read_nor_talked_about(
    ports: FeedPorts,
    source: FakeFeeds,
    clock: FixedClock,
    reader: HeadlineReader,
    chats: tuple[Chat, Chat],
    feeds: tuple[int, int],
) -> None:
    sources.pause_feed(ports, feeds[1])
    pass_seconds(clock, 901)
    source.asked.clear()
    read_due_feeds(ports)
    assert [url for url, _, _ in source.asked] == [URL]
    assert reader.of(chats[1].id) == ()

    sources.resume_feed(ports, feeds[1])
    read_due_feeds(ports)
    assert source.asked[-1][0] == "https://all/"
    assert reader.of(chats[1].id) == ("Weather", "Traffic")


def test_a_removed_feed_takes_its_headlines_along(
    ports: FeedPorts, reader: HeadlineReader, chats: tuple[Chat, Chat], feeds: tuple[int, int]
) -> None:
    sources.remove_feed(ports.sessions, feeds[1])
    assert titles(ports.sessions) == ["Storks are early"]
    with pytest.raises(NotFound):
        sources.remove_feed(ports.sessions, feeds[1])


def test_a_feed_whose_last_chat_is_deleted_is_not_for_all_by_that(
    ports: FeedPorts, reader: HeadlineReader, chats: tuple[Chat, Chat], feeds: tuple[int, int]
) -> None:
    with ports.sessions.begin() as session:
        session.execute(text("delete from chats where id = :id"), {"id": chats[0].id})
    assert reader.of(chats[1].id) == ("Weather", "Traffic")


def test_old_headlines_are_not_talked_about(
    ports: FeedPorts,
    clock: FixedClock,
    reader: HeadlineReader,
    chats: tuple[Chat, Chat],
    feeds: tuple[int, int],
) -> None:
    write_settings(ports.sessions, {"news_max_age_s": 600}, None, clock)
    pass_seconds(clock, 570)
    assert reader.of(chats[1].id) == ()


def test_a_reader_asks_at_most_every_thirty_seconds(
    ports: FeedPorts, clock: FixedClock, chats: tuple[Chat, Chat], feeds: tuple[int, int]
) -> None:
    instant = 100.0
    reader = HeadlineReader(ports.sessions, ports.settings, clock, monotonic=lambda: instant)
    assert reader.of(chats[1].id) == ("Weather", "Traffic")
    sources.pause_feed(ports, feeds[1])
    instant += 29
    assert reader.of(chats[1].id) == ("Weather", "Traffic")
    instant += 1
    assert reader.of(chats[1].id) == ()
