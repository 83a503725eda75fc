"""Switching the fleet between webhooks, long polling and Telethon."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from app.cli.ingest import mode as cli
from app.db import create_session_factory
from app.domain.errors import ConfigError, NotConnected, RetryAfter
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.ingest.webhooks import webhook_secret
from app.models import Bot
from app.services.ingest.webhooks import WebhookPorts, public_base, read_mode, switch_mode
from app.services.settings.rows import list_rows
from tests.builders import make_bot
from tests.fakes import FakeTelegram, PlainVault

KEY, BASE = "k" * 40, "https://chorus.example"


@pytest.fixture
def sessions(committed_db):
    return create_session_factory(committed_db)


@pytest.fixture
def rests():
    return []


@pytest.fixture
def ports(sessions, rests):
    telegram = FakeTelegram()
    return WebhookPorts(sessions, telegram, PlainVault(), KEY, "https://api.telegram.org", BASE, rests.append)


@pytest.fixture
def bots(sessions):
    return [make_bot(sessions, name) for name in ("Ada", "Bob")]


def token_of(bot):
    return bot.token_encrypted.removeprefix("sealed:")


def test_the_fleet_is_polled_until_somebody_says_otherwise(sessions):
    assert read_mode(sessions) == "poll"


def test_every_bot_gets_an_address_and_a_secret_of_its_own(ports, bots):
    switched = switch_mode(ports, "webhook", "ada", dry_run=False)
    assert [(bot.username, bot.error) for bot in switched] == [(bot.username, None) for bot in bots]
    assert ports.telegram.webhooks == {
        token_of(bot): (
            f"{BASE}/telegram/{bot.public_id}",
            webhook_secret(KEY, str(bot.public_id)),
            ALLOWED_UPDATES,
        )
        for bot in bots
    }
    assert read_mode(ports.sessions) == "webhook"


@pytest.mark.parametrize("mode", ["poll", "telethon"])
def test_back_again_the_webhooks_are_gone(ports, bots, mode):
    switch_mode(ports, "webhook", "ada", dry_run=False)
    switch_mode(ports, mode, "ada", dry_run=False)
    assert ports.telegram.webhooks == {}
    assert read_mode(ports.sessions) == mode


def test_a_dry_run_tells_the_addresses_and_changes_nothing(ports, bots):
    switched = switch_mode(ports, "webhook", "ada", dry_run=True)
    assert [bot.url for bot in switched] == [f"{BASE}/telegram/{bot.public_id}" for bot in bots]
    assert ports.telegram.webhooks == {}
    assert read_mode(ports.sessions) == "poll"


def test_a_bot_that_cannot_be_switched_stops_no_other_and_is_told(ports, bots):
    ports.telegram.errors = [NotConnected("Telegram cannot be reached.")]
    switched = switch_mode(ports, "webhook", "ada", dry_run=False)
    assert sorted(bot.error or "" for bot in switched) == ["", "Telegram cannot be reached."]
    assert len(ports.telegram.webhooks) == 1
    assert all(bot.error is None for bot in switch_mode(ports, "webhook", "ada", dry_run=False))


def test_a_429_is_waited_out(ports, bots, rests):
    ports.telegram.errors = [RetryAfter(3.0)]
    assert all(bot.error is None for bot in switch_mode(ports, "webhook", "ada", dry_run=False))
    assert rests == [3.0]


def test_broken_bots_are_left_alone(ports, bots, sessions):
    with sessions.begin() as session:
        session.get(Bot, bots[0].id).status = "broken"
    assert [bot.bot_id for bot in switch_mode(ports, "webhook", "ada", dry_run=False)] == [bots[1].id]


def test_an_address_that_telegram_cannot_deliver_to_changes_nothing(ports, bots):
    ports = WebhookPorts(ports.sessions, ports.telegram, ports.vault, KEY, ports.telegram_url, None)
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        switch_mode(ports, "webhook", "ada", dry_run=False)
    assert read_mode(ports.sessions) == "poll"


def test_the_mode_is_no_number_of_the_settings_page(ports, bots):
    switch_mode(ports, "telethon", "ada", dry_run=False)
    assert [row.key for row in list_rows(ports.sessions) if row.own] == []


def test_beside_a_server_of_ones_own_the_admins_address_will_do(settings):
    assert public_base(settings) == f"http://127.0.0.1:{settings.web_port}"
    official = settings.model_copy(update={"telegram_url": "https://api.telegram.org"})
    assert public_base(official) is None
    assert public_base(official.model_copy(update={"public_url": BASE})) == BASE


@pytest.fixture
def command(ports, settings, monkeypatch):
    """Runs `chorus telegram mode` on this fleet."""
    official = settings.model_copy(update={"telegram_url": "https://api.telegram.org", "public_url": BASE})
    runtime = SimpleNamespace(sessions=ports.sessions, telegram=ports.telegram, vault=ports.vault, settings=official)
    monkeypatch.setattr(cli, "open_runtime", lambda: nullcontext(runtime))
    return lambda *words: CliRunner().invoke(cli.telegram, ["mode", *words], standalone_mode=False)


def test_the_command_tells_every_bot_and_the_mode(command, ports, bots):
    answer = command("webhook")
    assert answer.return_value == 0
    lines = [f"{bot.id} @{bot.username} {BASE}/telegram/{bot.public_id}" for bot in bots]
    assert answer.stdout.splitlines() == lines
    assert command().stdout == "webhook\n"


def test_the_command_names_the_bots_that_failed_and_no_secret(command, ports, bots):
    ports.telegram.errors = [NotConnected("Telegram cannot be reached.")] * 2
    answer = command("webhook")
    assert answer.return_value == 1
    assert answer.stdout.count("failed: Telegram cannot be reached.") == 2
    assert "2 of 2 bots" in answer.stderr
    assert not any(token_of(bot) in answer.output.split() for bot in bots)


def test_the_command_changes_nothing_on_a_dry_run(command, ports, bots):
    assert "Nothing was changed" in command("webhook", "--dry-run").stderr
    assert command().stdout == "poll\n"
