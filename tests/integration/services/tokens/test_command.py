"""`chorus token check`: one bot or all, what it prints and its exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.fleet import token as commands
from app.domain.errors import NotFound
from app.services.fleet.tokens import TokenPorts
from tests.integration.services.tokens.bots import token
from tests.web.fakes import FakeTelegram


@pytest.fixture
def command(ports: TokenPorts, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened_runtime() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(tokens=ports, sessions=ports.sessions)

    monkeypatch.setattr(commands, "open_runtime", opened_runtime)


@pytest.mark.parametrize("by", ["number", "name", "at"])
def test_one_bot_is_checked_by_number_or_name(command: None, take_on: Any, by: str) -> None:
    bot, _ = take_on("Ada"), take_on("Bob")
    word = {"number": str(bot.id), "name": bot.username.upper(), "at": f"@{bot.username}"}[by]
    result = CliRunner().invoke(commands.token, ["check", word], standalone_mode=False)

    assert result.output == f"{bot.id} @{bot.username} good: the token works, privacy mode is off\n"
    assert not result.return_value


def test_all_bots_are_checked_and_a_refused_one_is_the_exit_code(
    command: None, telegram: FakeTelegram, take_on: Any
) -> None:
    gone, good = take_on("Gone"), take_on("Good")
    del telegram.bots[token(gone)]
    result = CliRunner().invoke(commands.token, ["check", "--json"], standalone_mode=False)

    assert [(item["id"], item["outcome"]) for item in json.loads(result.output)] == [
        (gone.id, "refused"),
        (good.id, "good"),
    ]
    assert result.return_value == 1
    assert token(gone) not in result.output


def test_a_bot_that_does_not_exist_is_an_error(command: None) -> None:
    result = CliRunner().invoke(commands.token, ["check", "nobody"], standalone_mode=False)
    assert isinstance(result.exception, NotFound)
