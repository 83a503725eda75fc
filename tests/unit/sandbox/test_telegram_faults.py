"""Faults: probability, count and time."""

from __future__ import annotations

import random

from sandbox.telegram.faults import Faults


def make(seed: int = 1) -> Faults:
    return Faults(lambda: 100.0, random.Random(seed))


def test_a_count_is_used_up() -> None:
    faults = make()
    faults.add("status", count=2)
    assert [faults.take("status") is not None for _ in range(4)] == [True, True, False, False]
    assert faults.list_all() == []


def test_a_probability_strikes_about_that_often() -> None:
    faults = make()
    faults.add("status", probability=0.3)
    strikes = sum(faults.take("status") is not None for _ in range(2000))
    assert 500 < strikes < 700


def test_drop_after_without_a_method_strikes_messages_only() -> None:
    faults = make()
    faults.add("drop_after")
    assert faults.take("drop_after", method="getUpdates") is None
    assert faults.take("drop_after", method="sendMessage") is not None


def test_faults_about_chats_spare_calls_without_one() -> None:
    faults = make()
    faults.add("flood")
    assert faults.take("flood", method="getUpdates") is None
    assert faults.take("flood", method="sendMessage", chat_id=-5) is not None


def test_a_method_in_any_case_is_the_scope() -> None:
    faults = make()
    faults.add("latency", method="SENDMESSAGE", seconds=2.0)
    struck = faults.take("latency", method="sendMessage", bot_id=1, chat_id=2)
    assert struck is not None
    assert struck.seconds == 2.0
    assert faults.take("latency", method="getMe") is None
