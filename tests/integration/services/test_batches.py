"""Long work in short transactions, as many rows at a time as the machine takes without being noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.services.work.batches import LONGEST_S, BatchPorts, run_batches


@dataclass(frozen=True)
class Count:
    rows: tuple[int, ...] = ()
    finished: bool = False


@pytest.fixture
def batches(sessions):
    """Batches whose pauses are noted and not made."""
    pauses = []
    return BatchPorts(sessions, pause=pauses.append), pauses


def costing(seconds_a_row, upto=3):
    """Work of a cost in Postgres; it is finished after so many batches."""

    def work(session, rows, so_far):
        session.execute(text("select pg_sleep(:s)"), {"s": rows * seconds_a_row})
        done = (*so_far.rows, rows)
        return Count(done, len(done) >= upto)

    return work


def endless(ports):
    return ports.timer() + 3600


def test_cheap_rows_are_taken_by_more_and_more_up_to_a_bound(batches):
    ports = replace(batches[0], timer=lambda: 0.0)
    assert run_batches(ports, endless(ports), costing(0, upto=6), Count()).rows == (500, 1000, 2000, 2000, 2000, 2000)


def test_dear_rows_are_cut_off_before_a_second_and_taken_by_fewer(batches):
    ports, pauses = batches
    done = run_batches(ports, endless(ports), costing(0.003), Count())
    assert max(done.rows) * 0.003 < LONGEST_S
    assert done.rows[0] == 125
    assert list(done.rows) == sorted(done.rows, reverse=True)
    assert len(pauses) == 2


def test_a_row_that_always_takes_too_long_is_an_error(batches):
    ports, _ = batches
    with pytest.raises(OperationalError, match="statement timeout"):
        run_batches(ports, endless(ports), costing(0.2), Count())


def test_another_error_is_not_tried_again(batches):
    ports, _ = batches
    tried = []

    def lose_the_connection(session, rows, so_far):
        tried.append(rows)
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        return so_far

    with pytest.raises(OperationalError):
        run_batches(ports, endless(ports), lose_the_connection, Count())
    assert tried == [500]


def test_after_each_batch_others_have_their_turn_for_so_many_times_as_long(batches):
    ports, pauses = batches
    times = iter([0.0, 0.0, 0.15, 0.15, 0.15, 0.25])
    run_batches(replace(ports, rest=2.0, timer=lambda: next(times)), 10, costing(0, upto=2), Count())
    assert pauses == [0.3]


def test_when_the_time_is_up_the_progress_so_far_is_told(batches):
    ports, _ = batches
    times = iter(range(100))
    done = run_batches(replace(ports, timer=lambda: next(times)), 5, costing(0, upto=50), Count())
    assert 0 < len(done.rows) < 5
    assert not done.finished
