"""One poller a token: leases, a takeover, and a fleet that is not polled."""

from __future__ import annotations

import asyncio

import pytest
import structlog
from sqlalchemy import select, text

from app.db import create_session_factory
from app.domain.errors import ConfigError
from app.models import Bot
from app.repositories.settings.overrides import write_update_mode
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.polling import PollService
from app.services.ingest.token_leases import LEASE_S, RENEW_S, name_holder
from app.services.settings.values import SettingsReader
from tests.builders import NOW, fetch, make_bot
from tests.fakes import FakeClock, FakeEvents, FakeQueue, PlainVault


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def ports(committed_db, clock):
    sessions = create_session_factory(committed_db)
    return IngestPorts(sessions, SettingsReader(sessions), FakeQueue(), FakeEvents(), clock)


@pytest.fixture
def bots(ports):
    return [make_bot(ports.sessions, name) for name in ("Ada", "Bob")]


def poller(ports, name):
    return PollService(ports, PlainVault(), name)


def polled(service):
    return [bot.bot_id for bot in asyncio.run(service.bots())]


def everyone(bots):
    return [bot.id for bot in bots]


def test_a_second_poller_gets_no_token_and_says_why_once(ports, bots):
    first, second = poller(ports, "one"), poller(ports, "two")
    assert polled(first) == everyone(bots)
    with structlog.testing.capture_logs() as logged:
        assert (polled(second), polled(second)) == ([], [])
    [line] = [line for line in logged if line["event"] == "second_process"]
    assert (line["count"], line["others"], line["me"]) == (2, ["one"], "two")
    assert polled(first) == everyone(bots)


def test_a_poller_that_died_is_followed_when_its_leases_end(ports, bots, clock):
    assert polled(poller(ports, "one")) == everyone(bots)
    second = poller(ports, "two")
    clock.pass_seconds(LEASE_S - 0.1)
    assert polled(second) == []
    clock.pass_seconds(0.2)
    assert polled(second) == everyone(bots)


def test_a_poller_that_lives_keeps_its_tokens(ports, bots, clock):
    first, second = poller(ports, "one"), poller(ports, "two")
    for _ in range(10):
        assert polled(first) == everyone(bots)
        clock.pass_seconds(RENEW_S)
        assert polled(second) == []


def test_a_lease_is_written_every_few_seconds_and_not_at_every_look(ports, bots, clock):
    first = poller(ports, "one")
    ends = set()
    for _ in range(20):
        polled(first)
        clock.pass_seconds(0.5)
        ends |= set(fetch(ports.sessions, select(Bot.polled_until)))
    assert len(ends) <= 10 / RENEW_S + 1


def test_a_poller_that_ends_leaves_its_tokens_to_the_next_at_once(ports, bots):
    first = poller(ports, "one")
    polled(first)
    first.release()
    assert polled(poller(ports, "two")) == everyone(bots)


@pytest.mark.parametrize("mode", ["webhook", "telethon"])
def test_in_another_mode_nobody_is_polled_and_no_token_is_held(ports, bots, mode):
    first = poller(ports, "one")
    polled(first)
    with ports.sessions.begin() as session:
        write_update_mode(session, mode, "ada")
    assert polled(first) == []
    assert fetch(ports.sessions, select(Bot.polled_by)) == [None, None]
    with ports.sessions.begin() as session:
        write_update_mode(session, "poll", "ada")
    assert polled(first) == everyone(bots)


def test_a_new_bot_is_polled_by_whoever_sees_it_first_and_a_broken_one_by_nobody(ports, bots):
    first, second = poller(ports, "one"), poller(ports, "two")
    polled(first)
    late = make_bot(ports.sessions, "Cem")
    assert polled(second) == [late.id]
    with ports.sessions.begin() as session:
        session.get(Bot, bots[0].id).status = "broken"
    assert polled(first) == [bots[1].id]


def test_while_postgres_is_away_the_bots_are_polled_on_until_their_leases_end(ports, bots, committed_db, monkeypatch):
    first = poller(ports, "one")
    assert polled(first) == everyone(bots)
    with committed_db.begin() as connection:
        connection.execute(text("alter table bots rename to bots_away"))
    try:
        monkeypatch.setattr(first, "_until", float("inf"))
        assert polled(first) == everyone(bots)
        monkeypatch.setattr(first, "_until", 0.0)
        assert polled(first) == []
    finally:
        with committed_db.begin() as connection:
            connection.execute(text("alter table bots_away rename to bots"))


def test_a_token_that_no_key_opens_keeps_no_other_bot_from_being_polled(ports, bots):
    class HalfVault(PlainVault):
        def decrypt(self, ciphertext):
            if ciphertext == bots[0].token_encrypted:
                raise ConfigError(["no key opens it"])
            return super().decrypt(ciphertext)

    assert polled(PollService(ports, HalfVault(), "one")) == [bots[1].id]


def test_no_two_pollers_have_one_name():
    assert len({name_holder() for _ in range(100)}) == 100
