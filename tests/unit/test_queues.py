from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queues import shard_of, tick_queues

CRC_32 = {1: 0x83DCEFB7, 2: 0x1AD5BE0D, 42: 0x3224B088, 1000: 0xB427A317, 123456789: 0xCBF43926}
"""CRC-32 (IEEE 802.3) of the decimal digits; that of 123456789 is the check value every catalogue lists."""


@pytest.mark.parametrize(("bot_id", "checksum"), CRC_32.items())
@pytest.mark.parametrize("shards", [1, 7, 64, 1024])
def test_a_bots_shard_is_the_one_that_other_languages_compute(bot_id, checksum, shards):
    assert shard_of(bot_id, shards) == checksum % shards


def test_another_process_with_another_hash_seed_finds_the_same_shard():
    code = "from app.queues import shard_of; print([shard_of(n, 64) for n in range(50)])"
    env = {"PYTHONHASHSEED": "12345", "PYTHONPATH": ".", "PATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout.strip() == str([shard_of(n, 64) for n in range(50)])


@given(bot_id=st.integers(), shards=st.integers(1, 1024))
def test_every_shard_lies_within_range(bot_id, shards):
    assert 0 <= shard_of(bot_id, shards) < shards


def test_ten_thousand_bots_spread_evenly():
    sizes = [0] * 64
    for bot_id in range(1, 10_001):
        sizes[shard_of(bot_id, 64)] += 1
    assert 10_000 / 64 * 0.7 < min(sizes) <= max(sizes) < 10_000 / 64 * 1.3


@pytest.mark.parametrize("shards", [0, -1])
def test_no_shards_at_all_is_refused(shards):
    with pytest.raises(ValueError, match="at least 1"):
        shard_of(1, shards)


def test_queues_of_a_slice_include_both_ends():
    assert tick_queues(4) == ["ticks.0", "ticks.1", "ticks.2", "ticks.3"]
    assert tick_queues(64, 62, 63) == ["ticks.62", "ticks.63"]


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (0, 4), (3, 2), (4, None)])
def test_a_slice_outside_the_shards_is_refused(first, last):
    with pytest.raises(ValueError, match="must lie within 0-3"):
        tick_queues(4, first, last)
