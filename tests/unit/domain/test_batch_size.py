"""How many rows a batch takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.work.batch_size import AIM_S, FIRST, LEAST, MOST, fewer_rows, next_rows


@given(st.lists(st.floats(0, 10), max_size=40))
def test_whatever_batches_take_the_next_one_stays_within_bounds(times):
    rows = FIRST
    for took in times:
        rows = next_rows(rows, took)
        assert LEAST <= rows <= MOST


@given(st.floats(1e-5, 1e-2))
def test_rows_of_a_steady_cost_soon_take_about_the_aim(cost_s):
    rows = FIRST
    for _ in range(20):
        rows = next_rows(rows, rows * cost_s)
    assert rows * cost_s <= 2 * AIM_S
    assert rows == MOST or rows * cost_s >= AIM_S / 4


@pytest.mark.parametrize(("rows", "fewer"), [(2000, 500), (500, 125), (12, LEAST), (LEAST, None)])
def test_after_a_batch_that_was_cut_off_a_quarter_is_tried(rows, fewer):
    assert fewer_rows(rows) == fewer
