"""The workers' pool takes what arrives while it stops for a message that goes back, not for a broken worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

from app.adapters.thread_pool import ThreadPool


@pytest.fixture
def pool() -> Iterator[ThreadPool]:
    """A pool of one thread."""
    pool = ThreadPool(1)
    pool.start()
    yield pool
    pool.stop()


def test_a_task_runs_and_its_end_is_told(pool: ThreadPool) -> None:
    ended: list[int] = []

    pool.apply_async(lambda: 7, callback=ended.append).wait(timeout=30)

    assert ended == [7]


def test_a_stop_waits_for_what_runs_and_what_arrives_then_is_never_started(pool: ThreadPool) -> None:
    started, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def run() -> str:
        started.set()
        go_on.wait(30)
        return "ran"

    pool.apply_async(run, callback=ended.append)
    assert started.wait(30)
    stop = threading.Thread(target=pool.stop)
    stop.start()
    while not pool.is_stopping():
        stop.join(0.01)
    late = pool.apply_async(lambda: "late", callback=ended.append)
    waited_for = wait([late.f], timeout=0).done
    go_on.set()
    stop.join(30)

    assert waited_for == {late.f}, "nobody is kept waiting"
    assert (late.f.cancelled(), ended) == (True, ["ran"])


def test_any_other_failure_to_start_a_task_is_an_error(pool: ThreadPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(pool.executor, "submit", no_thread)

    with pytest.raises(RuntimeError, match="new thread"):
        pool.apply_async(lambda: None)
