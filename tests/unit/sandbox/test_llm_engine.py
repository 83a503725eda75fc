"""The processor: slots and their queue, rates, a shared processor, the cache of each slot, clients that leave."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.llm.engine import Engine, Work
from sandbox.llm.providers import Speed
from tests.unit.sandbox.virtual_time import run_virtually

Clock = Callable[[], float]
TWO_SLOTS = Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=2)


def a_prompt(tokens: int, letter: str) -> str:
    return letter * tokens * 4


async def ask(engine: Engine, prompt: str, answer: int) -> Work:
    """One request of a prompt that is read whole, and of so many tokens of answer."""
    work = Work()
    async with engine.hold(prompt, work):
        await engine.read(work, len(prompt) // 4)
        await engine.write(work, answer)
    return work


def run_side_by_side(speed: Speed, requests: list[tuple[str, int]]) -> tuple[list[Work], float]:
    async def main(clock: Clock) -> tuple[list[Work], float]:
        engine = Engine(speed, clock)
        works = await asyncio.gather(*(ask(engine, prompt, answer) for prompt, answer in requests))
        return works, clock()

    result: tuple[list[Work], float] = run_virtually(main)
    return result


def test_a_request_takes_the_time_of_its_prompt_and_of_its_answer() -> None:
    (work,), took = run_side_by_side(TWO_SLOTS, [(a_prompt(200, "a"), 30)])
    assert took == pytest.approx(200 / 100 + 30 / 10)
    assert (work.queue_s, work.read, work.written) == (0, 200, 30)
    assert work.slot_s == pytest.approx(5)


def test_requests_beyond_the_slots_wait_in_their_order() -> None:
    works, took = run_side_by_side(TWO_SLOTS, [(a_prompt(100, letter), 10) for letter in "abcde"])
    assert [round(work.queue_s, 3) for work in works] == [0, 0, 2, 2, 4]
    assert took == pytest.approx(6)


def test_a_shared_processor_is_half_as_fast_for_two() -> None:
    shared = Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=4, shared=True)
    _, alone = run_side_by_side(shared, [(a_prompt(100, "a"), 10)])
    works, both = run_side_by_side(shared, [(a_prompt(100, "a"), 10), (a_prompt(100, "b"), 10)])
    assert (alone, both) == (pytest.approx(2), pytest.approx(4))
    assert all(work.slot_s == pytest.approx(4) for work in works)


def test_who_comes_later_slows_the_others_only_from_then_on() -> None:
    async def main(clock: Clock) -> float:
        engine = Engine(Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=2, shared=True), clock)
        first = asyncio.ensure_future(ask(engine, a_prompt(100, "a"), 10))
        await asyncio.sleep(1)
        second = asyncio.ensure_future(ask(engine, a_prompt(100, "b"), 10))
        await first
        ended = clock()
        await second
        return ended

    assert run_virtually(main) == pytest.approx(3)


def test_a_slot_reads_only_what_its_last_prompt_did_not_begin_with() -> None:
    async def main(clock: Clock) -> list[tuple[int, int | None]]:
        engine = Engine(TWO_SLOTS, clock)
        rules = a_prompt(300, "r")
        prompts = (rules + a_prompt(50, "a"), a_prompt(100, "x"), rules + a_prompt(60, "b"))
        works = [await ask(engine, prompt, 1) for prompt in prompts]
        return [(work.read, work.cached) for work in works]

    assert run_virtually(main) == [(350, 0), (100, 0), (60, 300)]


def test_a_client_that_leaves_frees_its_slot_at_once() -> None:
    async def main(clock: Clock) -> tuple[Work, float, Work]:
        engine = Engine(Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=1), clock)
        work = Work()

        async def leave() -> None:
            async with engine.hold(a_prompt(1000, "a"), work):
                await engine.read(work, 1000)

        first = asyncio.ensure_future(leave())
        await asyncio.sleep(0)
        second = asyncio.ensure_future(ask(engine, a_prompt(100, "b"), 10))
        await asyncio.sleep(3)
        first.cancel()
        done = await second
        return work, clock(), done

    left, ended, done = run_virtually(main)
    assert left.slot_s == pytest.approx(3)
    assert done.queue_s == pytest.approx(3)
    assert ended == pytest.approx(5)


def test_a_client_that_leaves_the_queue_takes_no_slot() -> None:
    async def main(clock: Clock) -> tuple[int, int]:
        engine = Engine(Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=1), clock)
        tasks = [asyncio.ensure_future(ask(engine, a_prompt(100, letter), 10)) for letter in "abc"]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert clock() == pytest.approx(4)
        return engine.busy, engine.waiting

    assert run_virtually(main) == (0, 0)


requests = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 60)), min_size=1, max_size=12)


@settings(deadline=None)
@given(requests, st.integers(1, 4), st.booleans())
def test_no_slot_is_used_twice_at_a_time_and_nothing_is_lost(
    asked: list[tuple[int, int]], slots: int, shared: bool
) -> None:
    speed = Speed(base_s=0, prefill_rate=100, decode_rate=10, slots=slots, shared=shared)
    letters = "abcdefghijkl"
    works, took = run_side_by_side(
        speed, [(a_prompt(prompt, letter), answer) for (prompt, answer), letter in zip(asked, letters, strict=False)]
    )
    alone = [prompt / 100 + answer / 10 for prompt, answer in asked]
    assert sum(work.slot_s for work in works) <= slots * took + 1e-3
    assert all(work.slot_s >= seconds - 1e-3 for work, seconds in zip(works, alone, strict=True))
    if shared:
        assert took == pytest.approx(sum(alone), rel=1e-3)
