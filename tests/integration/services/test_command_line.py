"""`chorus bot add` and `chorus chat add`: what they take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from app.adapters.vault import FernetVault
from app.cli.fleet import registration as commands
from app.db import SessionFactory
from app.services import fleet
from tests.integration.services.conftest import FixedClock
from tests.web.fakes import FakeTelegram

CHAT = "-1001234567890"


@pytest.fixture(autouse=True)
def runtime(
    sessions: SessionFactory,
    telegram: FakeTelegram,
    vault: FernetVault,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The commands meet the test's database and Telegram."""
    made = SimpleNamespace(
        sessions=sessions, telegram=telegram, vault=vault, clock=clock, settings=SimpleNamespace(shards=64)
    )

    @contextmanager
    def opened() -> Iterator[SimpleNamespace]:
        yield made

    monkeypatch.setattr(commands, "open_runtime", opened)


def test_a_bot_is_taken_on_with_a_budget(sessions: SessionFactory, telegram: FakeTelegram) -> None:
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    words = ["add", "--token-file", "-", "--tone", "dry"]

    result = CliRunner().invoke(commands.bot, [*words, "--budget", "1.25"], input=token)

    assert result.exit_code == 0, result.output
    assert fleet.get_bot(sessions, 1).bot.daily_budget_usd == Decimal("1.25")


def test_a_bot_is_taken_on_with_examples_of_its_voice(sessions: SessionFactory, telegram: FakeTelegram) -> None:
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    words = ["add", "--token-file", "-", "--tone", "dry"]

    result = CliRunner().invoke(commands.bot, [*words, "--example", "Hm.", "--example", "No trend yet."], input=token)
    many = CliRunner().invoke(commands.bot, [*words, *(f"--example={n}" for n in range(6))], input=token)

    assert result.exit_code == 0, result.output
    assert fleet.get_bot(sessions, 1).persona.examples == ("Hm.", "No trend yet.")
    assert "at most 5" in str(many.exception)


def test_a_chat_is_added_with_bots_by_their_names(sessions: SessionFactory, telegram: FakeTelegram) -> None:
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    telegram.add_chat(int(CHAT), "Bird watchers", members=(token,))
    CliRunner().invoke(commands.bot, ["add", "--token-file", "-", "--tone", "dry"], input=token)

    result = CliRunner().invoke(commands.chat, ["add", "--bot", "@ADA_bot", "--", CHAT])
    unknown = CliRunner().invoke(commands.chat, ["add", "--bot", "adda_bot", "--", CHAT])

    assert result.exit_code == 0, result.output
    assert [member.username for member in fleet.get_chat(sessions, 1).members] == ["ada_bot"]
    assert "Did you mean 1 (@ada_bot, Ada)?" in str(unknown.exception)


def test_a_chat_is_added_with_a_budget_and_requests_of_its_own(sessions: SessionFactory) -> None:
    words = ["add", "--title", "Birds", "--budget", "0", "--own-requests", "--", CHAT]

    result = CliRunner().invoke(commands.chat, words)

    assert result.exit_code == 0, result.output
    chat = fleet.get_chat(sessions, 1).chat
    assert (chat.daily_budget_usd, chat.shares_requests) == (Decimal(0), False)


def test_a_chat_shares_and_has_the_default_unless_told_otherwise(sessions: SessionFactory) -> None:
    assert CliRunner().invoke(commands.chat, ["add", "--title", "Birds", "--", CHAT]).exit_code == 0
    chat = fleet.get_chat(sessions, 1).chat
    assert (chat.daily_budget_usd, chat.shares_requests) == (None, True)


def test_an_amount_that_is_none_is_a_usage_error() -> None:
    result = CliRunner().invoke(commands.chat, ["add", "--title", "Birds", "--budget", "lots", "--", CHAT])

    assert result.exit_code == 2
    assert "must be US dollars a day" in result.output
