"""The pace of long polling, and what of an answer is new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ingest.pacing import EARLY_S, PAUSES_S, UpdateStream
from app.domain.json_text import BIGGEST


def update(number: object) -> dict[str, object]:
    return {"update_id": number}


def test_pauses_grow_with_early_answers_up_to_five_seconds_and_news_or_patience_end_them() -> None:
    stream = UpdateStream(1)
    assert [stream.pause_after(0.001, brought=False) for _ in range(8)] == [*PAUSES_S, 5.0, 5.0]
    assert stream.pause_after(0.001, brought=True) == 0
    assert stream.pause_after(0.001, brought=False) == PAUSES_S[0]
    assert stream.pause_after(EARLY_S, brought=False) == 0
    assert stream.pause_after(0.001, brought=False) == PAUSES_S[0]


def test_a_server_that_never_waits_is_asked_a_few_times_a_minute() -> None:
    stream, calls, now = UpdateStream(1), 0, 0.0
    while now < 48:
        calls, now = calls + 1, now + 0.001 + stream.pause_after(0.001, brought=False)
    assert calls < 20


@pytest.mark.parametrize("number", [None, "5", 5.0, True, -1, BIGGEST, [], float("nan")])
def test_what_has_no_number_is_no_update(number: object) -> None:
    assert UpdateStream(0).pick_new([update(number), None, 5, "x", {}]) == []


@given(st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=8), max_size=20), st.integers(0, 50))
def test_every_update_is_taken_once_in_whatever_order_and_however_often_it_comes(
    answers: list[list[int]], offset: int
) -> None:
    stream, taken = UpdateStream(offset), list[int]()
    for answer in answers:
        new = stream.pick_new([update(number) for number in dict.fromkeys(answer)])
        if new:
            stream.accept(new)
            taken += [item["update_id"] for item in new]
            assert stream.offset == max(item["update_id"] for item in new) + 1
    assert sorted(taken) == sorted({number for answer in answers for number in answer})


def test_only_the_last_thousand_are_remembered() -> None:
    stream = UpdateStream(0)
    for first in range(0, 5000, 100):
        stream.accept(stream.pick_new([update(number) for number in range(first, first + 100)]))
    assert len(stream.pick_new([update(number) for number in range(5000)])) == 4000
