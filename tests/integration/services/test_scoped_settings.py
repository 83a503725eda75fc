"""Settings that a chat or a bot overrides."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, text

from app.db import SessionFactory, create_session_factory
from app.domain.errors import InvalidInput, NotFound
from app.domain.settings.book import FLEET, Scope
from app.models import Bot, Chat
from app.services.settings.rows import find_row, list_rows
from app.services.settings.values import SettingsReader, load_book, unset_settings, write_settings
from tests.builders import NOW, make_bot, make_chat
from tests.integration.services.conftest import FixedClock


@pytest.fixture
def bot(sessions: SessionFactory) -> Bot:
    return make_bot(sessions)


@pytest.fixture
def chat(sessions: SessionFactory, bot: Bot) -> Chat:
    return make_chat(sessions, bot)


def of_bot(bot: Bot) -> Scope:
    return Scope("bot", bot.id)


def of_chat(chat: Chat) -> Scope:
    return Scope("chat", chat.id)


def spacing(sessions: SessionFactory) -> dict[int, float]:
    with sessions() as session:
        return {
            row.bot_id: row.interval_s for row in session.execute(text("select bot_id, interval_s from tick_schedule"))
        }


def test_a_chat_and_a_bot_have_values_of_their_own(
    sessions: SessionFactory, clock: FixedClock, bot: Bot, chat: Chat
) -> None:
    write_settings(sessions, {"max_words": "20"}, "deniz", clock, of_chat(chat))
    assert write_settings(sessions, {"max_words": 12}, "deniz", clock, of_bot(bot)).max_words == 12

    book = load_book(sessions)
    assert book.of(bot_id=bot.id, chat_id=chat.id).max_words == 12
    assert book.of(chat_id=chat.id).max_words == 20
    assert book.fleet.max_words == 40


def test_taken_back_the_next_scope_applies(sessions: SessionFactory, clock: FixedClock, bot: Bot, chat: Chat) -> None:
    write_settings(sessions, {"max_words": 20}, "deniz", clock, of_chat(chat))
    write_settings(sessions, {"max_words": 12}, "deniz", clock, of_bot(bot))

    assert unset_settings(sessions, ["max_words"], clock, of_bot(bot)) == ["max_words"]
    assert load_book(sessions).of(bot_id=bot.id, chat_id=chat.id).max_words == 20
    assert unset_settings(sessions, ["max_words"], clock, of_bot(bot)) == []


def test_values_are_stored_and_taken_back_all_or_none(sessions: SessionFactory, clock: FixedClock, bot: Bot) -> None:
    write_settings(sessions, {"max_words": 12}, "deniz", clock, of_bot(bot))

    with pytest.raises(InvalidInput, match="0 to 60 seconds"):
        write_settings(sessions, {"typing_max_s": 99}, "deniz", clock, of_bot(bot), unset=["max_words"])
    assert load_book(sessions).of(bot_id=bot.id).max_words == 12

    write_settings(sessions, {"typing_max_s": 9}, "deniz", clock, of_bot(bot), unset=["max_words"])
    settings = load_book(sessions).of(bot_id=bot.id)
    assert (settings.typing_max_s, settings.max_words) == (9, 40)


@pytest.mark.parametrize(
    ("scope", "key", "wanted"),
    [
        (Scope("chat", 1), "fleet_paused", "of the whole fleet, not of a chat"),
        (Scope("bot", 1), "chat_gap_s", "of the whole fleet or a chat, not of a bot"),
        (Scope("chat", 1), "tick_interval_s", "of the whole fleet or a bot, not of a chat"),
        (Scope("bot", 1), "colour", "no such setting"),
    ],
)
def test_a_setting_has_its_places_and_no_others(
    sessions: SessionFactory, clock: FixedClock, scope: Scope, key: str, wanted: str
) -> None:
    for attempt in (
        lambda: write_settings(sessions, {key: 1}, "deniz", clock, scope),
        lambda: unset_settings(sessions, [key], clock, scope),
        lambda: find_row(sessions, key, scope),
    ):
        with pytest.raises(InvalidInput, match=wanted) as caught:
            attempt()
        assert caught.value.field == key


@pytest.mark.parametrize("scope", [Scope("chat", 404), Scope("bot", 404)])
def test_a_chat_or_bot_that_does_not_exist_is_not_found(
    sessions: SessionFactory, clock: FixedClock, scope: Scope
) -> None:
    with pytest.raises(NotFound, match="404"):
        write_settings(sessions, {"max_words": 9}, "deniz", clock, scope)
    with pytest.raises(NotFound, match="404"):
        list_rows(sessions, scope)


def test_own_values_go_with_their_bot_and_their_chat(
    sessions: SessionFactory, clock: FixedClock, bot: Bot, chat: Chat
) -> None:
    for scope in (FLEET, of_bot(bot), of_chat(chat)):
        write_settings(sessions, {"max_words": 20}, "deniz", clock, scope)

    with sessions.begin() as session:
        session.execute(text("delete from chats where id = :id"), {"id": chat.id})
        session.execute(text("delete from bots where id = :id"), {"id": bot.id})

    with sessions() as session:
        assert session.scalars(text("select scope from settings")).all() == ["fleet"]


def test_stored_values_that_do_not_fit_fall_back_to_the_next_scope(
    sessions: SessionFactory, clock: FixedClock, bot: Bot, chat: Chat
) -> None:
    write_settings(sessions, {"max_words": 20}, "deniz", clock, of_chat(chat))
    write_settings(sessions, {"max_words": 12}, "deniz", clock, of_bot(bot))
    with sessions.begin() as session:
        session.execute(text("update settings set value = '\"many\"' where scope like 'bot:%'"))
        session.execute(text("insert into settings (scope, key, value) values ('nobody', 'max_words', '7')"))

    assert load_book(sessions).of(bot_id=bot.id, chat_id=chat.id).max_words == 20
    row = find_row(sessions, "max_words", of_bot(bot))
    assert (row.value, row.own) == (40, None)


def test_a_row_tells_what_applies_what_is_inherited_and_who_changed_it(
    sessions: SessionFactory, clock: FixedClock, bot: Bot, chat: Chat
) -> None:
    write_settings(sessions, {"max_words": 30}, "deniz", clock)
    write_settings(sessions, {"max_words": 12}, "ada", clock, of_bot(bot))

    own = find_row(sessions, "max_words", of_bot(bot))
    assert (own.value, own.inherited, own.default, own.own and own.own.updated_by) == (12, 30, 40, "ada")
    inherited = find_row(sessions, "max_words", of_chat(chat))
    assert (inherited.value, inherited.inherited, inherited.own) == (30, 30, None)
    fleet = find_row(sessions, "max_words")
    assert (fleet.value, fleet.inherited) == (30, 40)
    assert [(item.name, item.value) for item in fleet.elsewhere] == [(bot.display_name, 12)]


def test_a_page_lists_only_what_has_a_place_there(sessions: SessionFactory, bot: Bot, chat: Chat) -> None:
    assert "chat_gap_s" not in {row.key for row in list_rows(sessions, of_bot(bot))}
    assert "chat_gap_s" in {row.key for row in list_rows(sessions, of_chat(chat))}
    assert "tick_interval_s" not in {row.key for row in list_rows(sessions, of_chat(chat))}
    assert "budget_fleet_usd" in {row.key for row in list_rows(sessions)}


def test_a_bot_with_its_own_interval_keeps_it_while_the_fleets_changes(
    sessions: SessionFactory, clock: FixedClock, bot: Bot
) -> None:
    other = make_bot(sessions, "Bruno")
    write_settings(sessions, {"tick_interval_s": 10}, None, clock, of_bot(bot))
    assert spacing(sessions) == {bot.id: 10, other.id: 60}

    write_settings(sessions, {"tick_interval_s": 300}, None, clock)
    assert spacing(sessions) == {bot.id: 10, other.id: 300}

    unset_settings(sessions, ["tick_interval_s"], clock, of_bot(bot))
    assert spacing(sessions) == {bot.id: 300, other.id: 300}


def test_a_bots_shorter_interval_brings_its_next_turn_nearer(sessions: SessionFactory, clock: FixedClock) -> None:
    bot = make_bot(sessions, due_at=NOW + dt.timedelta(days=300))
    other = make_bot(sessions, "Bruno", due_at=NOW + dt.timedelta(days=300))

    write_settings(sessions, {"tick_interval_s": 10}, None, clock, of_bot(bot))

    with sessions() as session:
        due = {row.bot_id: row.due_at for row in session.execute(text("select bot_id, due_at from tick_schedule"))}
    assert due[bot.id] <= clock.now() + dt.timedelta(seconds=10)
    assert due[other.id] == NOW + dt.timedelta(days=300)


def test_a_change_for_a_bot_reaches_another_processs_reader_within_two_seconds(
    committed_db: Engine, clock: FixedClock
) -> None:
    sessions = create_session_factory(committed_db)
    bot = make_bot(sessions)
    instant = 100.0
    reader = SettingsReader(sessions, monotonic=lambda: instant)
    assert reader.book().of(bot_id=bot.id).max_words == 40

    write_settings(create_session_factory(committed_db), {"max_words": 12}, "deniz", clock, of_bot(bot))
    instant += 2

    assert reader.book().of(bot_id=bot.id).max_words == 12


def test_a_reader_keeps_its_book_while_nothing_changes(sessions: SessionFactory, clock: FixedClock, bot: Bot) -> None:
    write_settings(sessions, {"max_words": 12}, "deniz", clock, of_bot(bot))
    reader = SettingsReader(sessions, ttl_s=0)

    assert reader.book().of(bot_id=bot.id) is reader.book().of(bot_id=bot.id)
