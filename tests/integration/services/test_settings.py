"""Settings that operators change while the fleet runs."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.domain.errors import InvalidInput
from app.domain.settings import FleetSettings
from app.services import fleet
from app.services.fleet import NewBot, PersonaData
from app.services.settings.rows import list_rows
from app.services.settings.values import SettingsReader, load_settings, write_settings
from tests.integration.services.conftest import FixedClock
from tests.web.fakes import FakeTelegram


def own_values(sessions: SessionFactory) -> dict[str, str | None]:
    """Who changed what of the fleet's settings."""
    return {row.key: row.own.updated_by for row in list_rows(sessions) if row.own}


def test_what_nobody_changed_has_its_default(sessions: SessionFactory) -> None:
    assert load_settings(sessions) == FleetSettings()


def test_a_change_is_kept_with_who_made_it(sessions: SessionFactory, clock: FixedClock) -> None:
    settings = write_settings(sessions, {"max_words": "25", "fleet_paused": "on"}, "deniz", clock)

    assert (settings.max_words, settings.fleet_paused) == (25, True)
    assert load_settings(sessions) == settings
    assert own_values(sessions)["max_words"] == "deniz"


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [("max_words", "4000", "5 to 400"), ("max_words", "many", "5 to 400"), ("colour", "red", "no such setting")],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_written(
    sessions: SessionFactory, clock: FixedClock, key: str, value: str, wanted: str
) -> None:
    with pytest.raises(InvalidInput, match=wanted) as caught:
        write_settings(sessions, {"cooldown_s": "5", key: value}, "deniz", clock)

    assert caught.value.field == key
    assert own_values(sessions) == {}


def test_a_reader_asks_postgres_at_most_once_a_second(sessions: SessionFactory, clock: FixedClock) -> None:
    instant = 100.0
    reader = SettingsReader(sessions, ttl_s=1.0, monotonic=lambda: instant)
    assert reader.read().max_words == FleetSettings().max_words
    write_settings(sessions, {"max_words": 25}, None, clock)

    assert reader.read().max_words == FleetSettings().max_words
    instant = 101.0
    assert reader.read().max_words == 25


def test_a_reader_that_forgets_sees_the_change_at_once(sessions: SessionFactory, clock: FixedClock) -> None:
    reader = SettingsReader(sessions, ttl_s=60.0)
    reader.read()
    write_settings(sessions, {"max_words": 25}, None, clock)

    reader.forget()

    assert reader.read().max_words == 25


def test_a_shorter_interval_brings_scheduled_turns_nearer(
    sessions: SessionFactory, clock: FixedClock, telegram: FakeTelegram, vault: FernetVault
) -> None:
    write_settings(sessions, {"tick_interval_s": 3600}, None, clock)
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    fleet.create_bot(sessions, telegram, vault, NewBot(token, PersonaData("dry")), clock=clock, shards=8)
    with sessions.begin() as session:
        session.execute(text("update tick_schedule set due_at = now() + interval '50 minutes'"))

    write_settings(sessions, {"tick_interval_s": 10}, None, clock)

    with sessions() as session:
        due_at, interval_s = session.execute(text("select due_at, interval_s from tick_schedule")).one()
    assert interval_s == 10
    assert due_at <= clock.now() + dt.timedelta(seconds=10)
