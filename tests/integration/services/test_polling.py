"""One poller a token: leases, a takeover, and a fleet that is not polled."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import structlog
from sqlalchemy import select, text

from app.adapters.telegram import updates
from app.adapters.telegram.updates import Poller
from app.db import create_session_factory
from app.domain.errors import (
    AnotherAccount,
    ConfigError,
    Conflict,
    NotConnected,
    RetryAfter,
    ServerError,
    Unauthorized,
    WebhookSet,
)
from app.domain.fleet.accounts import BotProblem
from app.models import Bot
from app.repositories.fleet.bot_problems import list_problems
from app.repositories.settings.overrides import write_update_mode
from app.services.fleet import get_bot
from app.services.ingest import polling
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.polling import QUIET_S, PollService
from app.services.ingest.token_leases import LEASE_S, RENEW_S, name_holder
from app.services.settings.values import SettingsReader
from tests.builders import NOW, fetch, make_bot
from tests.fakes import FakeClock, FakeEvents, FakeQueue, PlainVault
from tests.integration.sandbox_telegram.harness import running_sandbox, token_of
from tests.waiting import until


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


def problems(ports):
    with ports.sessions() as session:
        return list_problems(session)


def tell(service, bot, error):
    service._written.clear()
    asyncio.run(service.notice(bot.id, error))
    polled(service)


def test_a_second_program_is_told_since_when_until_it_was_quiet_for_a_while(ports, bots, clock):
    service, ada = poller(ports, "one"), bots[0]
    tell(service, ada, Conflict("Conflict: terminated by other getUpdates request"))
    clock.pass_seconds(25)
    tell(service, ada, None)
    tell(service, ada, Conflict("Conflict: terminated by other getUpdates request"))
    assert problems(ports) == {ada.id: BotProblem("other_poller", NOW, NOW + dt.timedelta(seconds=25))}
    shown = get_bot(ports.sessions, ada.id).bot.problem
    assert shown.words.startswith("Another program polls this token since 2026-11-22 12:00 UTC (last seen 12:00)")
    assert "stop that program, or get a new token" in shown.words

    clock.pass_seconds(QUIET_S - 1)
    tell(service, ada, None)
    assert list(problems(ports)) == [ada.id]
    clock.pass_seconds(1)
    tell(service, ada, None)
    assert problems(ports) == {}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (WebhookSet("Conflict: can't use getUpdates method while webhook is active"), "webhook", "chorus token check"),
        (AnotherAccount(5, 6), "other_account", "check TELEGRAM_URL"),
        (RetryAfter(700_000), "rest", "until 2026-11-30 14:26 UTC: nothing to do"),
        (RetryAfter(3), None, ""),
        (ServerError("502"), None, ""),
        (NotConnected("away"), None, ""),
    ],
)
def test_each_problem_is_told_with_what_to_do_and_a_passing_one_is_not(ports, bots, error, kind, words):
    tell(poller(ports, "one"), bots[1], error)
    found = problems(ports)
    assert [problem.kind for problem in found.values()] == ([kind] if kind else [])
    assert all(words in problem.words and problem.label for problem in found.values())


def test_the_same_problem_is_not_written_at_every_call(ports, bots, clock):
    service = poller(ports, "one")
    for _ in range(5):
        asyncio.run(service.notice(bots[0].id, Conflict("terminated")))
        clock.pass_seconds(1)
    assert problems(ports)[bots[0].id].seen_at == NOW


def test_a_long_rest_is_kept_to_by_the_next_poller_too(ports, bots, clock):
    tell(poller(ports, "one"), bots[0], RetryAfter(700_000))
    clock.pass_seconds(LEASE_S + 1)
    rests = [bot.rest_s for bot in asyncio.run(poller(ports, "two").bots())]
    assert rests == [700_000 - LEASE_S - 1, 0]


def test_in_another_mode_nobody_is_said_to_be_polled_elsewhere(ports, bots):
    service = poller(ports, "one")
    tell(service, bots[0], Conflict("terminated"))
    with ports.sessions.begin() as session:
        write_update_mode(session, "webhook", "ada")
    polled(service)
    assert problems(ports) == {}


def test_while_postgres_is_away_a_problem_stops_no_polling(ports, bots, committed_db):
    with committed_db.begin() as connection:
        connection.execute(text("alter table bot_problems rename to problems_away"))
    try:
        with structlog.testing.capture_logs() as logged:
            asyncio.run(poller(ports, "one").notice(bots[0].id, Conflict("terminated")))
    finally:
        with committed_db.begin() as connection:
            connection.execute(text("alter table problems_away rename to bot_problems"))
    assert [line["event"] for line in logged] == ["problem_not_stored"]


@pytest.mark.parametrize("replaced", [True, False], ids=["its token was replaced", "it has that token"])
def test_a_token_that_is_refused_breaks_the_bot_that_still_has_it(ports, bots, replaced):
    service = poller(ports, "one")
    polled(service)
    if replaced:
        with ports.sessions.begin() as session:
            session.get(Bot, bots[0].id).token_encrypted = "sealed:another"
    asyncio.run(service.refused(bots[0].id, Unauthorized("Unauthorized")))
    assert fetch(ports.sessions, select(Bot.status).order_by(Bot.id)) == ["active" if replaced else "broken", "active"]


def test_a_second_program_at_a_telegram_server_is_seen_and_cleared(ports, tmp_path, clock, monkeypatch):
    monkeypatch.setattr(updates, "BACKOFF_S", (0.02,))
    monkeypatch.setattr(polling, "WRITE_EVERY_S", 0.0)
    bot = make_bot(ports.sessions, "Ada")

    class OneToken(PlainVault):
        def decrypt(self, ciphertext):
            return token_of(bot.telegram_user_id)

    async def main(sandbox, url):
        service = PollService(ports, OneToken(), "one")
        work = asyncio.create_task(
            Poller(url, 1, service.store, service.refused, service.notice).run(service.bots, 0.05)
        )

        def is_seen():
            sandbox.api.post(f"/bot{token_of(bot.telegram_user_id)}/getUpdates", json={"timeout": 0})
            return problems(ports)

        try:
            while not await asyncio.to_thread(is_seen):
                await until(lambda: True)
            clock.pass_seconds(QUIET_S)
            await until(lambda: not problems(ports))
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    with running_sandbox(tmp_path / "telegram.jsonl") as sandbox:
        sandbox.add_bot(bot.telegram_user_id)
        asyncio.run(main(sandbox, f"http://127.0.0.1:{sandbox.ports.port}"))
