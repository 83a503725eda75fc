"""News feeds: when they are read, what is kept of them, and which chat hears of what."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from app.domain.errors import AddressRefused, InvalidInput, NotAFeed, PageGone, WebError
from app.domain.feeds.headlines import Headline
from app.domain.ports import FeedAnswer
from app.services.feeds import sources
from app.services.feeds.reading import LEASE_S, FeedPorts, read_due_feeds
from app.services.feeds.sources import NewFeed
from app.services.schedule.retention import RetentionPorts, prune
from app.services.settings.values import write_settings
from app.services.work.batches import BatchPorts
from tests.fakes import FakeFeeds
from tests.integration.services.conftest import FixedClock
from tests.integration.services.feed_answers import URL, found, pass_seconds, titles


def test_a_feed_is_read_when_it_is_added(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    source.answers[URL] = found(clock, "Storks are early", "Lyrids peak", etag='"1"')

    feed = sources.add_feed(ports, NewFeed(f" {URL} ", fleet_wide=True))

    assert (feed.title, feed.status, feed.fleet_wide, feed.headlines, feed.failure) == (
        "The Feed",
        "active",
        True,
        2,
        None,
    )
    assert feed.next_at == clock.now() + dt.timedelta(seconds=900)
    assert titles(ports.sessions) == ["Storks are early", "Lyrids peak"]


def test_a_name_that_an_operator_gave_stays(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    source.answers[URL] = found(clock, "Storks are early")
    assert sources.add_feed(ports, NewFeed(URL, "Birds\u200b <b>daily</b>", fleet_wide=True)).title == "Birds daily"


def test_a_feed_that_cannot_be_reached_now_is_added_with_the_reason(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    source.answers[URL] = WebError("gave no whole answer within 10 s")
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    assert (feed.failure, feed.failures) == ("gave no whole answer within 10 s", 1)
    assert feed.next_at == clock.now() + dt.timedelta(seconds=1800)
    assert len(source.asked) == 1


@pytest.mark.parametrize(
    ("new", "answer", "wanted"),
    [
        (
            NewFeed(URL, fleet_wide=True),
            AddressRefused("leads to 10.0.0.1, which is a private address"),
            "url: leads to 10",
        ),
        (NewFeed(URL, fleet_wide=True), NotAFeed("is a web page and no feed"), "url: is a web page"),
        (NewFeed(" ", fleet_wide=True), None, "url: must be the address"),
        (NewFeed("https://a/" + "x" * 2000, fleet_wide=True), None, "url: must be the address"),
        (NewFeed(URL), None, "chat_ids: must name at least one chat"),
        (NewFeed(URL, chat_ids=(404,)), None, "chat_ids: there is no chat 404"),
    ],
)
def test_what_cannot_be_added_names_the_field_and_stores_nothing(
    ports: FeedPorts, source: FakeFeeds, new: NewFeed, answer: WebError | None, wanted: str
) -> None:
    if answer:
        source.answers[URL] = answer
    with pytest.raises(InvalidInput, match=wanted):
        sources.add_feed(ports, new)
    assert sources.list_feeds(ports.sessions) == []


def test_the_same_address_is_not_added_twice(ports: FeedPorts) -> None:
    sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    with pytest.raises(InvalidInput, match="known already"):
        sources.add_feed(ports, NewFeed(URL, fleet_wide=True))


def test_a_feed_is_asked_again_after_its_interval_with_what_its_server_said(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    source.answers[URL] = found(clock, "Old", etag='"1"', last_modified="yesterday")
    sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    read_due_feeds(ports)
    assert len(source.asked) == 1, "it is not due yet"

    pass_seconds(clock, 901)
    source.answers[URL] = FeedAnswer(False, etag='"1"', last_modified="yesterday")
    read_due_feeds(ports)

    assert source.asked[1] == (URL, '"1"', "yesterday")
    [feed] = sources.list_feeds(ports.sessions)
    assert (feed.headlines, feed.checked_at, feed.failure) == (1, clock.now(), None)
    pass_seconds(clock, 901)
    read_due_feeds(ports)
    assert source.asked[2] == (URL, '"1"', "yesterday"), "a 304 keeps what was said before"


def test_the_interval_is_a_setting(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    write_settings(ports.sessions, {"news_interval_s": 3600}, None, clock)
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    assert feed.next_at == clock.now() + dt.timedelta(hours=1)


def test_failures_in_a_row_are_counted_told_and_waited_for_longer_and_longer(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    source.answers[URL] = found(clock, "Kept")
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    waits = []
    source.answers[URL] = WebError("answers with an error (500)")
    for _ in range(3):
        pass_seconds(clock, 90_000)
        read_due_feeds(ports)
        feed = sources.get_feed(ports.sessions, feed.id).feed
        waits.append((feed.next_at - clock.now()).total_seconds())
    assert (feed.failure, feed.failures, waits) == ("answers with an error (500)", 3, [1800, 3600, 7200])
    assert titles(ports.sessions) == ["Kept"]

    pass_seconds(clock, 90_000)
    source.answers[URL] = found(clock, "New")
    read_due_feeds(ports)
    feed = sources.get_feed(ports.sessions, feed.id).feed
    assert (feed.failure, feed.failures, feed.status) == (None, 0, "active")


def test_one_feed_that_fails_holds_up_no_other(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    urls = [f"https://news.example/{number}" for number in range(7)]
    for url in urls:
        source.answers[url] = found(clock, f"Of {url}")
        sources.add_feed(ports, NewFeed(url, fleet_wide=True))
    pass_seconds(clock, 901)
    source.asked.clear()
    for url in urls[:3]:
        source.answers[url] = WebError("is away")

    read_due_feeds(ports)

    assert {url for url, _, _ in source.asked} == set(urls)
    assert [feed.failures for feed in sorted(sources.list_feeds(ports.sessions), key=lambda feed: feed.url)] == [
        1
    ] * 3 + [0] * 4


def test_a_wait_that_the_server_asks_for_is_kept_to(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    source.answers[URL] = WebError("answers with an error (429)", retry_after_s=7200)
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    assert feed.next_at == clock.now() + dt.timedelta(hours=2)


def test_a_feed_that_is_gone_is_paused_with_the_reason(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    source.answers[URL] = PageGone("was taken away for good (410)")
    feed = sources.check_feed(ports, feed.id)
    assert (feed.status, feed.failure) == ("paused", "was taken away for good (410)")
    pass_seconds(clock, 90_000)
    read_due_feeds(ports)
    assert len(source.asked) == 2


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    new_url = "https://new.example/feed"
    source.answers[URL] = found(clock, "A", moved_to=new_url)
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    assert feed.url == new_url
    sources.check_feed(ports, feed.id)
    assert source.asked[-1][0] == new_url


def test_a_feed_does_not_move_onto_another_one(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    taken = "https://new.example/feed"
    sources.add_feed(ports, NewFeed(taken, fleet_wide=True))
    source.answers[URL] = found(clock, "A", moved_to=taken)
    assert sources.add_feed(ports, NewFeed(URL, fleet_wide=True)).url == URL


def test_no_session_is_open_and_no_other_worker_takes_the_feed_while_it_is_read(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    pass_seconds(clock, 901)
    idle = []

    def look_around() -> None:
        with ports.sessions() as session:
            idle.append(session.scalar(text("select count(*) from pg_stat_activity where state like 'idle in trans%'")))
        source.meanwhile = lambda: idle.append("asked twice")
        read_due_feeds(ports)

    source.meanwhile = look_around
    read_due_feeds(ports)
    assert idle == [0]


def test_a_feed_whose_worker_died_comes_again(ports: FeedPorts, source: FakeFeeds, clock: FixedClock) -> None:
    sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    pass_seconds(clock, 901)

    def die() -> None:
        raise KeyboardInterrupt

    source.meanwhile = die
    with pytest.raises(KeyboardInterrupt):
        read_due_feeds(ports)
    source.meanwhile = lambda: None
    read_due_feeds(ports)
    assert len(source.asked) == 2
    pass_seconds(clock, LEASE_S + 1)
    read_due_feeds(ports)
    assert len(source.asked) == 3


def test_the_newest_fifty_of_a_feed_are_kept_and_a_changed_title_takes_the_place_of_the_old(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    source.answers[URL] = found(clock, *[f"Old {number}" for number in range(50)])
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    pass_seconds(clock, 3600)
    source.answers[URL] = found(clock, *[f"New {number}" for number in range(20)])
    feed = sources.check_feed(ports, feed.id)
    assert feed.headlines == 50
    assert titles(ports.sessions)[:21] == [*[f"New {number}" for number in range(20)], "Old 0"]

    corrected = Headline("New 0", "New, corrected", clock.now())
    source.answers[URL] = FeedAnswer(True, headlines=(corrected,))
    sources.check_feed(ports, feed.id)
    assert titles(ports.sessions)[0] == "New, corrected"


def test_a_headline_that_was_known_by_its_link_alone_is_not_stored_again_by_link_and_title(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    source.answers[URL] = FeedAnswer(True, headlines=(Headline("http://a/", "One"),))
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    entries = tuple(Headline(f"http://a/ {title}", title) for title in ("One", "Two"))
    source.answers[URL] = FeedAnswer(True, headlines=entries)
    for _ in range(2):
        sources.check_feed(ports, feed.id)
        assert sorted(titles(ports.sessions)) == ["One", "Two"]


def test_headlines_without_a_date_are_as_old_as_their_first_sight_and_dates_ahead_are_now(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    entries = (Headline("1", "Undated"), Headline("2", "Tomorrow", clock.now() + dt.timedelta(days=1)))
    source.answers[URL] = FeedAnswer(True, headlines=entries)
    first_seen = clock.now()
    feed = sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    pass_seconds(clock, 3600)
    sources.check_feed(ports, feed.id)
    assert {item.published_at for item in sources.list_headlines(ports.sessions)} == {first_seen}


def test_headlines_older_than_a_week_are_not_kept_and_go(
    ports: FeedPorts, source: FakeFeeds, clock: FixedClock
) -> None:
    old = Headline("1", "Last month", clock.now() - dt.timedelta(days=30))
    source.answers[URL] = FeedAnswer(True, headlines=(old, Headline("2", "Fresh", clock.now())))
    sources.add_feed(ports, NewFeed(URL, fleet_wide=True))
    assert titles(ports.sessions) == ["Fresh"]

    pass_seconds(clock, 8 * 86_400)
    prune(RetentionPorts(BatchPorts(ports.sessions), ports.settings, clock))
    assert titles(ports.sessions) == []
