"""Two minutes of everything that can happen to a running stack, as `make faults` draws it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import patience

ROOT = Path(__file__).resolve().parents[2]
KEYS = """
    faults bot_messages said_twice lost people_messages_lost mentions mentions_sent mentions_unknown unknown
    sends_in_flight_at_kills bans
""".split()
SECONDS, LEAST_FAULTS = 120, 10


@pytest.mark.stack
@pytest.mark.timeout(420)
def test_through_every_fault_nothing_is_said_twice_and_nothing_is_lost():
    argv = [sys.executable, "-m", "drills", "random", "--for", str(SECONDS), "--report", "json"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=patience(400), check=False)  # noqa: S603
    told = f"{done.stderr}\n{done.stdout}"
    assert done.returncode == 0, told
    report = json.loads(done.stdout)
    assert list(report)[: len(KEYS)] == KEYS
    assert report["faults"] >= LEAST_FAULTS, told
    assert report["said_twice"] == report["lost"] == report["people_messages_lost"] == report["bans"] == 0, told
    assert report["mentions"] > 20, told
    assert report["bot_messages"] > 20, told
    assert "Traceback" not in done.stderr
