"""Postgres is read-only for a while, then fails over: the fleet goes on by itself, nothing is said twice or lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import requests

from app.cli.doctor.servers import check_postgres
from app.cli.stack.processes import admin_url
from drills.failover import Pair, running_pair
from drills.judge import judge, read_ledger
from drills.random_drill import drain
from drills.stack import Stack, running_stack
from tests.waiting import patience, wait_until

PROMISED_S = 10.0
KINDS = 4
"""Lines of postponed tasks a process may write: one for read-only and one for away, each again after a minute."""

TOLD = re.compile(r'"event": ?"(?:task_postponed|bots_unreadable|server_not_ready)"')
TELLERS = {"worker-io0.log", "poller.log", "web.log"}
"""Who works with Postgres all the time, and says so when it cannot be written."""

READY, READ_ONLY = (200, []), (503, ["database: read-only"])


@pytest.fixture
def pair(server_folder: Path, tmp_path: Path) -> Iterator[Pair]:
    """A primary and its standby."""
    folder = server_folder / f"pair-{tmp_path.name}"
    folder.mkdir(mode=0o755)
    with running_pair(folder) as pair:
        yield pair


def sends(stack: Stack) -> list[float]:
    """When bots' messages arrived at Telegram, in unix seconds."""
    calls = (event for event in stack.journal("telegram") if event.get("method") == "sendMessage")
    return [float(event["t"]) for event in calls if event["status"] == 200]


def silence_since(stack: Stack, back: float) -> float:
    """Seconds from `back` to the next message of a bot, once it has come."""
    wait_until(lambda: max(sends(stack), default=0.0) > back, within_s=6 * PROMISED_S, what="the fleet to send again")
    return min(at for at in sends(stack) if at > back) - back


def readiness(stack: Stack) -> tuple[int, list[str]]:
    """What /readyz answers: its status, and what is missing."""
    answer = requests.get(f"{admin_url(stack.settings)}/readyz", timeout=patience(20))
    return answer.status_code, answer.json().get("missing", [])


def doctors_word(stack: Stack) -> str:
    """The status of the doctor's check that Postgres can be written."""
    return {check.name: check.status for check in check_postgres(stack.settings)}["writable"]


def logs(stack: Stack) -> dict[str, str]:
    """What each process wrote, by its file."""
    files = [*(stack.var / "log").glob("*.log"), stack.folder / "up.log"]
    return {file.name: file.read_text(errors="replace") for file in files}


def told_by(stack: Stack) -> set[str]:
    """The logs that tell of the outage."""
    return {name for name, text in logs(stack).items() if TOLD.search(text)}


@pytest.mark.stack
@pytest.mark.timeout(400)
def test_a_read_only_primary_and_a_fail_over_silence_the_fleet_for_seconds_only(tmp_path: Path, pair: Pair) -> None:
    with running_stack(tmp_path, database_url=pair.url) as stack:
        stack.create_fleet(6, 2, {"speak_probability": 1.0})
        stack.send_people(mention_every=4.0, chatter_every=4.0)
        wait_until(lambda: len(sends(stack)) >= 3, within_s=60, what="a conversation")
        assert (readiness(stack), doctors_word(stack)) == (READY, "pass")

        pair.set_read_only(True)
        wait_until(lambda: readiness(stack) == READ_ONLY, within_s=10, what="/readyz to say it")
        assert doctors_word(stack) == "fail"
        wait_until(lambda: told_by(stack) >= TELLERS, within_s=60, what="the refusals in every log")
        pair.set_read_only(False)
        read_only = silence_since(stack, time.time())
        assert readiness(stack) == READY

        pair.fail_over()
        failed_over = silence_since(stack, time.time())
        assert (readiness(stack), doctors_word(stack)) == (READY, "pass")

        stack.stop_people()
        drain(stack)
        verdict = judge(stack.journal("telegram"), read_ledger(stack.sessions), 0.0, 2, 0)
        told = logs(stack)
    click.echo(f"\nsends again {read_only:.1f} s after it was writable, {failed_over:.1f} s after the promotion")
    assert (verdict.said_twice, verdict.lost, verdict.people_messages_lost) == (0, 0, 0), verdict
    assert {name: text[text.index("Traceback") :][:3000] for name, text in told.items() if "Traceback" in text} == {}
    assert max(text.count('"task_postponed"') for text in told.values()) <= KINDS
    assert max(read_only, failed_over) <= patience(PROMISED_S)
