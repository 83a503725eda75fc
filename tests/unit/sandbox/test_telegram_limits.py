"""Flood limits by an artificial clock: never more than allowed, never less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.limits import Banned, FloodLimits

BOT = 1
START = 1_800_000_000.0
gaps = st.lists(
    st.one_of(st.just(0.0), st.floats(0.0, 1.2), st.floats(0.0, 30.0)).map(lambda gap: round(gap, 3)), max_size=150
)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def patient_sends(steps: list[tuple[float, int]]) -> dict[int, list[float]]:
    """Times of admitted sends, by chat, of a bot that waits `gap` seconds before each and obeys every refusal."""
    clock = Clock()
    limits, sent = FloodLimits(clock), dict[int, list[float]]()
    for gap, chat_id in steps:
        clock.now += gap
        while wait := limits.admit_message(BOT, chat_id):
            clock.now += wait
        sent.setdefault(chat_id, []).append(clock.now)
    return sent


def most_within(times: list[float], length: float) -> int:
    """The most times in any half-open stretch of `length` seconds."""
    return max((sum(start <= time < start + length - 1e-3 for time in times) for start in times), default=0)


@given(st.lists(st.tuples(st.floats(0, 2).map(lambda gap: round(gap, 3)), st.integers(1, 3)), max_size=120))
def test_no_more_is_admitted_than_allowed(steps: list[tuple[float, int]]) -> None:
    sent = patient_sends(steps)
    for times in sent.values():
        assert most_within(times, 60) <= 20
        for seconds in (1, 2, 5, 10):
            assert most_within(times, seconds) <= 3 + seconds - 1
    assert most_within(sorted(time for times in sent.values() for time in times), 1) <= 30


@given(gaps)
def test_what_stays_below_every_limit_is_always_admitted(extra: list[float]) -> None:
    clock = Clock()
    limits = FloodLimits(clock)
    for gap in extra:
        clock.now += 3.0 + gap
        assert limits.admit_message(BOT, 7) == 0


@given(gaps)
def test_in_one_chat_waiting_as_told_suffices_and_no_shorter_wait_is_asked_than_needed(steps: list[float]) -> None:
    clock = Clock()
    limits = FloodLimits(clock)
    for gap in steps:
        clock.now += gap
        wait = limits.admit_message(BOT, 7)
        assert wait <= 60
        clock.now += wait
        if wait:
            assert limits.admit_message(BOT, 7) == 0


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=200))
def test_thirty_calls_a_second_pass_over_many_chats(chat_ids: list[int]) -> None:
    clock = Clock()
    limits = FloodLimits(clock)
    admitted = [limits.admit_message(BOT, 10_000 + number) for number in range(len(chat_ids))]
    assert admitted.count(0) == min(30, len(chat_ids))


def test_bots_do_not_share_limits() -> None:
    limits = FloodLimits(Clock())
    assert [limits.admit_message(bot_id, 7) for bot_id in range(100)] == [0] * 100


def test_five_violations_double_the_wait_and_twenty_ban() -> None:
    clock = Clock()
    limits = FloodLimits(clock)
    limits.refuse(BOT, 7, 10)
    told = []
    for _ in range(19):
        clock.now += 0.5
        told.append(limits.admit_message(BOT, 7))
    clock.now += 0.5
    with pytest.raises(Banned):
        limits.admit_message(BOT, 7)
    assert (told[3], told[4], told[9], told[14]) == (8, 20, 40, 80)


def test_a_wait_in_one_chat_leaves_the_others_alone() -> None:
    limits = FloodLimits(Clock())
    limits.refuse(BOT, 7, 10)
    assert limits.admit_message(BOT, 7) == 10
    assert limits.admit_message(BOT, 8) == 0
