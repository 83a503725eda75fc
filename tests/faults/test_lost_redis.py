"""Losing all of Redis delays work and loses none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.drill import Drill


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    drill = Drill.begin(tmp_path, "--for", "40", "--mention-every", "6")
    yield drill
    drill.end()


@pytest.mark.stack
@pytest.mark.timeout(200)
def test_flushing_both_redis_loses_nothing(drill):
    drill.wait_until_talking()
    keys = drill.folder / "var" / "keys"
    flushed_at = time.time() + 10
    while time.time() < flushed_at:
        assert drill.process.poll() is None, drill.log
        time.sleep(0.1)
    for name in ("broker_url", "cache_url"):
        with redis.Redis.from_url((keys / name).read_text().strip()) as client:
            client.flushall()
    report = drill.finish(within_s=120)
    told = f"{report}\n{drill.log}"
    assert report["said_twice"] == report["lost"] == 0, told
    assert report["mentions_answered"] == report["mentions"] > 8, told
    assert report["telegram_429"] == report["llm_429"] == 0, told
    assert report["from_ticks"] >= 4, told
