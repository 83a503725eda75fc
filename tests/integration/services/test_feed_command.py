"""`chorus feed`: add, list, check, remove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from app.cli import feeds as commands
from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotAFeed, NotFound, WebError
from app.services.feeds import sources
from app.services.feeds.reading import FeedPorts
from tests.builders import make_chat
from tests.fakes import FakeFeeds
from tests.integration.services.conftest import FixedClock
from tests.integration.services.feed_answers import URL, found


@pytest.fixture(autouse=True)
def runtime(ports: FeedPorts, source: FakeFeeds, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands meet the test's database and web."""
    source.answers[URL] = found(clock, "Storks are early")

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(sessions=ports.sessions, feeds=ports)

    monkeypatch.setattr(commands, "open_runtime", opened)


def run(*words: str, standalone: bool = False) -> Result:
    return CliRunner().invoke(commands.feed, words, standalone_mode=standalone)


def test_a_feed_is_added_listed_and_removed(sessions: SessionFactory) -> None:
    assert "The Feed · 1 headlines · every chat" in run("add", URL, "--everywhere").output
    assert "The Feed" in run("list").output
    [row] = json.loads(run("list", "--json").output)
    assert (row["url"], row["headlines"]) == (URL, 1)
    assert run("remove", URL).exit_code == 0
    assert "no feeds yet" in run("list").output


def test_a_feed_is_for_the_chats_that_are_named(sessions: SessionFactory) -> None:
    chats = [make_chat(sessions, title=title) for title in ("Birds", "Markets")]
    run("add", URL, "--chat", str(chats[0].id), "--chat", str(chats[1].telegram_chat_id))
    [feed] = sources.list_feeds(sessions)
    assert [title for _, title in feed.chats] == ["Birds", "Markets"]


def test_a_check_that_fails_says_why_and_ends_with_1(source: FakeFeeds) -> None:
    run("add", URL, "--everywhere")
    assert run("check", "1").return_value == 0
    source.answers[URL] = WebError("gave no whole answer within 10 s")
    result = run("check", URL)
    assert result.return_value == 1
    assert "it gave no whole answer within 10 s" in result.output


@pytest.mark.parametrize("words", [(), ("--everywhere", "--chat", "1")])
def test_whom_it_is_for_must_be_said_in_one_way(words: tuple[str, ...]) -> None:
    result = run("add", URL, *words, standalone=True)
    assert result.exit_code == 2
    assert "Say whom it is for" in result.output


def test_what_is_no_feed_is_refused_with_the_reason(source: FakeFeeds, sessions: SessionFactory) -> None:
    source.answers[URL] = NotAFeed("is a web page and no feed")
    result = run("add", URL, "--everywhere")
    assert isinstance(result.exception, InvalidInput)
    assert str(result.exception) == "url: is a web page and no feed"
    assert sources.list_feeds(sessions) == []


@pytest.mark.parametrize("words", [("check", "404"), ("remove", "404"), ("add", URL, "--chat", "404")])
def test_what_does_not_exist_is_not_found(words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, NotFound)
