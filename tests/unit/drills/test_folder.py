"""What is left of a drill: nothing after a good one, everything after a bad one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
import pytest

from drills.__main__ import end_with, folder_of
from drills.evidence import NAME
from drills.stack import DrillError


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def run(keep: Path | None, end=lambda: None) -> Path:
    """Runs a drill that leaves a journal, and ends it."""
    with folder_of(keep) as folder:
        (folder / NAME).write_text("[]")
        end()
    return folder


def test_a_good_run_leaves_nothing_unless_it_is_to_be_kept(tmp_path):
    assert not run(None).exists()
    assert (run(tmp_path / "kept") / NAME).exists()


@pytest.mark.parametrize("error", [DrillError("the stack ended"), None])
def test_a_bad_run_is_kept_and_says_where(tmp_path, capsys, error):
    def fail():
        if error is not None:
            raise error
        end_with(["1 messages were said twice: messages 2 and 3"])

    with pytest.raises((DrillError, click.exceptions.Exit)):
        run(None, fail)
    [folder] = tmp_path.iterdir()
    told = capsys.readouterr().err
    assert f"kept: {folder}" in told
    assert str(folder / NAME) in told


def test_a_run_that_somebody_ends_leaves_nothing(tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(None, interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "old").touch()
    with pytest.raises(click.BadParameter, match="not empty"):
        run(tmp_path)
