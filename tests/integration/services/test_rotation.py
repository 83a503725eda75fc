"""Keys are rotated online: in batches, again and again, beside everything that writes tokens and sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import select

from app.adapters.vault import FernetVault
from app.cli.fleet import token as commands
from app.db import SessionFactory
from app.domain.errors import ConfigError
from app.models import Bot
from app.services.fleet import key_rotation
from app.services.fleet.key_rotation import Rotated, rotate_keys
from tests.builders import fetch, make_bot

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BOTH = FernetVault(f"{NEW},{OLD}")
BOTS = 5


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 2)


@pytest.fixture
def bots(sessions: SessionFactory) -> list[int]:
    """Five bots under the old key; every second one has a session."""
    ids = []
    for number in range(BOTS):
        bot = make_bot(sessions, f"Bot{number}")
        store(sessions, bot.id, FernetVault(OLD), session=number % 2 == 0)
        ids.append(bot.id)
    return ids


def store(sessions: SessionFactory, bot_id: int, vault: FernetVault, *, session: bool = False) -> None:
    with sessions.begin() as transaction:
        bot = transaction.get_one(Bot, bot_id)
        bot.token_encrypted = vault.encrypt(f"token {bot_id}")
        bot.session_encrypted = vault.encrypt(f"session {bot_id}") if session else None


def opened(sessions: SessionFactory, vault: FernetVault) -> list[tuple[str, str | None]]:
    """Every token and session, as `vault` reads them."""
    found = fetch(sessions, select(Bot).order_by(Bot.id))
    return [
        (vault.decrypt(bot.token_encrypted), bot.session_encrypted and vault.decrypt(bot.session_encrypted))
        for bot in found
    ]


def test_afterwards_the_new_key_alone_reads_everything_and_the_old_one_nothing(
    sessions: SessionFactory, bots: list[int]
) -> None:
    before = opened(sessions, BOTH)

    assert rotate_keys(sessions, BOTH) == Rotated(rotated=8, newest_already=0, overtaken=0, unreadable=())
    assert opened(sessions, FernetVault(NEW)) == before
    with pytest.raises(ConfigError):
        opened(sessions, FernetVault(OLD))


def test_the_second_time_changes_nothing(sessions: SessionFactory, bots: list[int]) -> None:
    rotate_keys(sessions, BOTH)
    stored = [(bot.token_encrypted, bot.session_encrypted) for bot in fetch(sessions, select(Bot).order_by(Bot.id))]

    assert rotate_keys(sessions, BOTH) == Rotated(0, 8, 0, ())
    now = [(bot.token_encrypted, bot.session_encrypted) for bot in fetch(sessions, select(Bot).order_by(Bot.id))]
    assert now == stored


def test_a_dry_run_counts_and_writes_nothing(sessions: SessionFactory, bots: list[int]) -> None:
    assert rotate_keys(sessions, BOTH, dry_run=True).rotated == 8
    assert opened(sessions, FernetVault(OLD))


def test_an_interruption_keeps_the_batches_that_are_done_and_the_next_run_does_the_rest(
    sessions: SessionFactory, bots: list[int]
) -> None:
    def interrupt(done: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(sessions, BOTH, tell=interrupt)

    assert rotate_keys(sessions, BOTH) == Rotated(rotated=2, newest_already=6, overtaken=0, unreadable=())
    assert opened(sessions, FernetVault(NEW))


def test_a_token_that_is_replaced_meanwhile_is_left_as_it_is(sessions: SessionFactory, bots: list[int]) -> None:
    class Slow(FernetVault):
        """Somebody enters a new token between the read and the write of the first bot."""

        def rotate(self, ciphertext: str) -> str | None:
            new = super().rotate(ciphertext)
            if ciphertext == first:
                with sessions.begin() as session:
                    session.get_one(Bot, bots[0]).token_encrypted = BOTH.encrypt("entered meanwhile")
            return new

    first = fetch(sessions, select(Bot.token_encrypted).where(Bot.id == bots[0]))[0]
    rotated = rotate_keys(sessions, Slow(f"{NEW},{OLD}"))

    assert (rotated.rotated, rotated.overtaken) == (7, 1)
    assert opened(sessions, FernetVault(NEW))[0][0] == "entered meanwhile"


def test_what_no_key_opens_is_named_and_stops_nothing(sessions: SessionFactory, bots: list[int]) -> None:
    store(sessions, bots[1], FernetVault(Fernet.generate_key().decode()), session=True)
    [name] = fetch(sessions, select(Bot.username).where(Bot.id == bots[1]))

    assert rotate_keys(sessions, BOTH) == Rotated(7, 0, 0, (f"@{name}",))


@pytest.fixture
def command(sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened_runtime() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(sessions=sessions, vault=BOTH)

    monkeypatch.setattr(commands, "open_runtime", opened_runtime)


def test_the_command_says_how_many_and_prints_no_secret(
    sessions: SessionFactory, bots: list[int], command: None
) -> None:
    dry = CliRunner().invoke(commands.token, ["rotate-key", "--dry-run"], standalone_mode=False)
    wet = CliRunner().invoke(commands.token, ["rotate-key", "--json"], standalone_mode=False)

    assert "8 would be re-encrypted, 0 are under the newest key already" in dry.stdout
    assert json.loads(wet.stdout) == {
        "dry_run": False,
        "rotated": 8,
        "newest_already": 0,
        "overtaken": 0,
        "unreadable": [],
    }
    for secret in ("token 1", "gAAAA", OLD, NEW):
        assert secret not in dry.output + wet.output


def test_the_command_fails_when_something_stays_behind(
    sessions: SessionFactory, bots: list[int], command: None
) -> None:
    store(sessions, bots[1], FernetVault(Fernet.generate_key().decode()))
    result = CliRunner().invoke(commands.token, ["rotate-key"], standalone_mode=False)

    assert result.return_value == 1
    assert "do not take any key away" in result.stderr
