"""The installation's folder: closed to others, its keys kept, one owner at a time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.cli.stack.errors import StackError
from app.cli.stack.home import Home, make_encryption_key


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "var")
    home.prepare()
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_open_folder_is_closed_to_other_users(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o755)
    home = Home(tmp_path / "var")
    home.prepare()
    assert [mode(folder) for folder in (home.path, home.keys, home.logs)] == [0o700] * 3


def test_a_key_is_made_once_and_kept(home: Home) -> None:
    first = home.secret("encryption_key", make_encryption_key)
    assert Fernet(first)
    assert home.secret("encryption_key", make_encryption_key) == first
    assert mode(home.keys / "encryption_key") == 0o600


def test_a_key_that_was_opened_up_is_closed_again(home: Home) -> None:
    home.secret("token")
    (home.keys / "token").chmod(0o644)
    home.secret("token")
    assert mode(home.keys / "token") == 0o600


def test_a_second_owner_is_refused_with_the_pid_of_the_first(home: Home) -> None:
    with home.lock(), pytest.raises(StackError, match=rf"pid {os.getpid()}.*--var"), Home(home.path).lock():
        pytest.fail("two owners")


def test_the_folder_is_free_again_afterwards(home: Home) -> None:
    with home.lock():
        pass
    with home.lock():
        assert (home.path / "up.lock").read_text().strip() == str(os.getpid())


def test_a_folder_that_is_a_file_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StackError, match="--var DIR"):
        Home(tmp_path / "var").prepare()
