"""What a listener keeps: leases, sessions, and updates that the Bot API may bring as well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine, select, text

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.domain.errors import Unauthorized
from app.domain.ports import ListenedBot
from app.models import Bot, InboxUpdate
from app.repositories.settings.overrides import write_update_mode
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.listening import ListenService
from app.services.ingest.token_leases import LEASE_S
from app.services.settings.values import SettingsReader
from tests.builders import NOW, fetch, make_bot, make_chat, make_update, refetch
from tests.fakes import FakeClock, FakeEvents, FakeQueue

TOKEN = "700001:" + "A" * 35


@pytest.fixture
def moving_clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def service(sessions: SessionFactory, vault: FernetVault, moving_clock: FakeClock) -> Callable[[str], ListenService]:
    ports = IngestPorts(sessions, SettingsReader(sessions), FakeQueue(), FakeEvents(), moving_clock)
    return lambda name: ListenService(ports, vault, name)


@pytest.fixture
def bot(sessions: SessionFactory, vault: FernetVault) -> Bot:
    made = make_bot(sessions)
    change(sessions, made, token_encrypted=vault.encrypt(TOKEN))
    set_mode(sessions, "telethon")
    return made


def change(sessions: SessionFactory, bot: Bot, **values: Any) -> None:
    with sessions.begin() as session:
        stored = session.get(Bot, bot.id)
        for name, value in values.items():
            setattr(stored, name, value)


def set_mode(sessions: SessionFactory, mode: str) -> None:
    with sessions.begin() as session:
        write_update_mode(session, mode, None)


def bots_of(listener: ListenService) -> list[ListenedBot]:
    return list(asyncio.run(listener.bots()))


def test_in_mode_telethon_every_bot_in_service_is_heard_with_its_token(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot
) -> None:
    change(sessions, make_bot(sessions, "Broken"), status="broken")

    assert bots_of(service("one")) == [ListenedBot(bot.id, bot.telegram_user_id, TOKEN, None)]


@pytest.mark.parametrize("mode", ["poll", "webhook"])
def test_in_another_mode_nobody_is_heard_and_the_leases_are_free(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot, mode: str
) -> None:
    one = service("one")
    assert bots_of(one)
    set_mode(sessions, mode)

    assert bots_of(one) == []
    assert refetch(sessions, bot).polled_by is None


def test_a_second_listener_stands_by_until_the_firsts_lease_ends(
    service: Callable[[str], ListenService], bot: Bot, moving_clock: FakeClock
) -> None:
    one, two = service("one"), service("two")

    with structlog.testing.capture_logs() as logged:
        assert (len(bots_of(one)), bots_of(two)) == (1, [])
    assert [line["others"] for line in logged if line["event"] == "second_process"] == [["one"]]
    moving_clock.pass_seconds(LEASE_S + 1)
    assert (len(bots_of(two)), bots_of(one)) == (1, [])


def test_a_session_is_kept_encrypted_and_comes_back(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot
) -> None:
    one = service("one")
    asyncio.run(one.remember(bot.id, "the session"))

    assert "the session" not in str(refetch(sessions, bot).session_encrypted)
    assert [heard.session for heard in bots_of(one)] == ["the session"]
    asyncio.run(one.remember(bot.id, None))
    assert refetch(sessions, bot).session_encrypted is None


def test_a_session_that_no_key_opens_means_signing_in_again(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot
) -> None:
    change(sessions, bot, session_encrypted="gAAAAA-of-another-key")

    assert [heard.session for heard in bots_of(service("one"))] == [None]


def test_an_update_that_comes_twice_is_kept_once_and_moves_no_offset_of_polling(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot
) -> None:
    chat = make_chat(sessions, bot)
    change(sessions, bot, next_update_id=41)
    update = make_update(-77, chat, 5, "Rates?")
    one = service("one")
    asyncio.run(one.store(bot.id, [update]))
    asyncio.run(one.store(bot.id, [update]))

    assert fetch(sessions, select(InboxUpdate.update_id)) == [-77]
    assert refetch(sessions, bot).next_update_id == 41


def test_a_refused_token_takes_the_bot_out_of_service_with_a_reason(
    service: Callable[[str], ListenService], sessions: SessionFactory, bot: Bot
) -> None:
    asyncio.run(service("one").refused(bot.id, Unauthorized("no")))
    stored = refetch(sessions, bot)

    assert (stored.status, "@BotFather" in stored.status_reason) == ("broken", True)


def test_while_postgres_is_away_the_bots_are_heard_on_until_their_leases_end(
    service: Callable[[str], ListenService], bot: Bot, committed_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = service("one")
    heard = bots_of(one)
    with committed_db.begin() as connection:
        connection.execute(text("alter table bots rename to bots_away"))
    try:
        monkeypatch.setattr(one, "_until", float("inf"))
        assert bots_of(one) == heard
        monkeypatch.setattr(one, "_until", 0.0)
        assert bots_of(one) == []
    finally:
        with committed_db.begin() as connection:
            connection.execute(text("alter table bots_away rename to bots"))
