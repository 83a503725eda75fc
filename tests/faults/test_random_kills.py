"""`kill -9` of any one process of the stack, ten times at random, while people talk to the bots."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drill import Drill

KILLS = 10
FINAL = {"sent", "discarded", "failed", "unknown"}


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    drill = Drill.begin(tmp_path, "--for", "70", "--mention-every", "6")
    yield drill
    drill.end()


@pytest.mark.stack
@pytest.mark.timeout(240)
def test_ten_kills_repeat_nothing_and_lose_nothing(drill):
    rng = random.Random(20261122)
    drill.wait_until_talking()
    killed = []
    began = time.monotonic()
    for number in range(KILLS):
        drill.process.poll()
        while time.monotonic() - began < number * 6:
            assert drill.process.poll() is None, drill.log
            time.sleep(0.1)
        killed.append(drill.kill_one(rng))
    report = drill.finish(within_s=120)
    told = f"killed {killed}\n{report}\n{drill.log}"
    assert report["said_twice"] == 0, told
    assert report["states"].keys() <= FINAL, told
    assert report["states"].get("unknown", 0) <= KILLS, told
    assert report["lost"] <= report["states"].get("unknown", 0), told
    assert report["bot_messages"] >= 10, told
    assert report["telegram_429"] == report["llm_429"] == 0, told
    assert report["processes_left"] == 0, told
