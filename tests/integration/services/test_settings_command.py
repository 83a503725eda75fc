"""`chorus settings`: list, set and unset, for the fleet, a bot and a chat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.cli import settings as commands
from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound
from app.models import Bot
from app.services.settings.values import load_book
from tests.builders import make_bot, make_chat


@pytest.fixture(autouse=True)
def database(committed_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands meet the test's database."""

    @contextmanager
    def opened() -> Iterator[Engine]:
        yield committed_db

    monkeypatch.setattr(commands, "open_database", opened)


@pytest.fixture
def bot(sessions: SessionFactory) -> Bot:
    return make_bot(sessions)


def run(*words: str) -> Result:
    return CliRunner().invoke(commands.settings, words, standalone_mode=False)


@pytest.mark.parametrize("way", ["number", "username", "handle"])
def test_a_bots_value_is_set_and_taken_back(sessions: SessionFactory, bot: Bot, way: str) -> None:
    name = {"number": str(bot.id), "username": bot.username.upper(), "handle": f"@{bot.username}"}[way]
    told = run("set", "max_words", "12", "--bot", name)
    assert told.exit_code == 0, told.output
    assert "12 words" in told.output
    assert load_book(sessions).of(bot_id=bot.id).max_words == 12

    assert "40 words" in run("unset", "max_words", "--bot", name).output
    assert load_book(sessions).of(bot_id=bot.id).max_words == 40


def test_a_chat_is_named_by_its_number_or_its_telegram_id(sessions: SessionFactory, bot: Bot) -> None:
    chat = make_chat(sessions, bot)
    run("set", "max_words", "12", "--chat", str(chat.id))
    assert load_book(sessions).of(chat_id=chat.id).max_words == 12
    run("set", "max_words", "14", "--chat", str(chat.telegram_chat_id))
    assert load_book(sessions).of(chat_id=chat.id).max_words == 14


def test_the_list_tells_values_units_ranges_and_own_values(bot: Bot) -> None:
    run("set", "max_words", "30")
    run("set", "max_words", "12", "--bot", bot.username)
    [line] = [line for line in run("list").output.splitlines() if " max_words " in line]
    assert line.startswith("*")
    assert all(part in line for part in ("30 words", "default 40", "5 to 400", "set by", "own values: Ada 12"))


def test_the_list_is_json_for_programs(bot: Bot) -> None:
    run("set", "max_words", "12", "--bot", bot.username)
    rows = {row["key"]: row for row in json.loads(run("list", "--bot", bot.username, "--json").output)}
    assert (rows["max_words"]["value"], rows["max_words"]["inherited"]) == (12, 40)
    assert "chat_gap_s" not in rows


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("set", "max_words", "9000"), "max_words: must be a number from 5 to 400 words"),
        (("set", "colour", "red"), "colour: there is no such setting"),
        (("set", "budget_fleet_usd", "3", "--bot", "1"), "of the whole fleet, not of a bot"),
    ],
)
def test_bad_input_names_the_key_and_the_range(
    sessions: SessionFactory, bot: Bot, words: tuple[str, ...], wanted: str
) -> None:
    words = tuple(str(bot.id) if word == "1" else word for word in words)
    result = run(*words)
    assert isinstance(result.exception, InvalidInput)
    assert wanted in str(result.exception)
    assert load_book(sessions).fleet.max_words == 40


@pytest.mark.parametrize("words", [("--bot", "nobody_bot"), ("--bot", "9" * 40), ("--chat", "x"), ("--chat", "404")])
def test_who_does_not_exist_is_not_found(words: tuple[str, ...]) -> None:
    assert isinstance(run("list", *words).exception, NotFound)


def test_bot_and_chat_together_are_a_usage_error() -> None:
    result = CliRunner().invoke(commands.settings, ["list", "--bot", "1", "--chat", "1"])
    assert result.exit_code == 2
    assert "not both" in result.output
