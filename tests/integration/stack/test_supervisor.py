"""Supervision, with stand-ins: what dies is restarted, stops come in order, and nothing outlives the supervisor."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.integration.stack.foreground import Foreground, running_command, wait_gone
from tests.waiting import wait_until

pytestmark = pytest.mark.stack


@contextmanager
def stand_in(variant: str, folder: Path) -> Iterator[Foreground]:
    with running_command(folder, "-m", "tests.integration.stack.stand_in", variant, str(folder)) as command:
        yield command


def pid_of(name: str, folder: Path) -> int:
    return int((folder / name).read_text())


def test_a_dead_child_is_restarted_and_both_are_told(tmp_path: Path) -> None:
    with stand_in("well", tmp_path) as command:
        command.wait_for("everything is ready")
        first = pid_of("worker", tmp_path)
        psutil.Process(first).kill()
        command.wait_for("worker died (killed by SIGKILL); starting it again")
        command.wait_for("worker runs again")
        second = pid_of("worker", tmp_path)
        assert second != first
        assert psutil.pid_exists(second)
        assert "database died" not in command.err


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_stops_the_last_stage_first(tmp_path: Path, signum: signal.Signals) -> None:
    with stand_in("well", tmp_path) as command:
        command.wait_for("everything is ready")
        family = command.family()
        command.process.send_signal(signum)
        assert command.wait() == 0
        assert (tmp_path / "stopped").read_text().split() == ["worker", "database"]
        assert "everything is stopped" in command.err
        wait_gone(family)


def test_a_killed_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    with stand_in("well", tmp_path) as command:
        command.wait_for("everything is ready")
        family = command.family()
        assert len(family) == 2
        command.process.kill()
        wait_gone(family)


def test_children_neither_share_the_terminal_nor_each_others_logs(tmp_path: Path) -> None:
    with stand_in("well", tmp_path) as command:
        command.wait_for("everything is ready")
        logged = (tmp_path / "log" / "worker.log").read_text()
    assert logged.startswith("worker reads '' as ")
    assert "database" not in logged


def test_what_cannot_start_ends_the_stack_with_its_last_words(tmp_path: Path) -> None:
    with stand_in("dying", tmp_path) as command:
        assert command.wait() == 1
        assert "hopeless ended 4 times instead of starting" in command.err
        assert "no database named moon" in command.err
        assert (tmp_path / "stopped").read_text().split() == ["worker", "database"]


def test_a_failed_preparation_ends_the_stack_before_the_next_stage(tmp_path: Path) -> None:
    with stand_in("refused", tmp_path) as command:
        assert command.wait() == 1
        assert "the database is of another planet" in command.err
        assert not (tmp_path / "worker").exists()
        assert (tmp_path / "stopped").read_text().split() == ["database"]


def test_a_process_that_ignores_its_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    with stand_in("stubborn", tmp_path) as command:
        command.wait_for("everything is ready")
        family = command.family()
        command.process.terminate()
        assert command.wait() == 0
        wait_gone(family)


def test_a_second_signal_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    with stand_in("mule", tmp_path) as command:
        command.wait_for("everything is ready")
        family = command.family()
        command.process.terminate()
        command.wait_for("Stopping")
        command.process.terminate()
        assert command.wait() == 0
        wait_gone(family)


def test_a_stop_during_the_start_is_obeyed(tmp_path: Path) -> None:
    with stand_in("well", tmp_path) as command:
        wait_until(lambda: "Starting servers" in command.err, within_s=30, what="the start")
        command.process.terminate()
        assert command.wait() == 0
        assert "everything is ready" not in command.out
