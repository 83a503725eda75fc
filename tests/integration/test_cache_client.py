"""The client of the cache: a cut connection costs nothing, a server that hangs costs one timeout."""

from __future__ import annotations

import socket
import threading
import time

import pytest
import redis

from app.bootstrap import build_runtime
from app.bootstrap import runtime as bootstrap
from tests.waiting import patience, wait_until


@pytest.fixture
def make_cache(settings, monkeypatch):
    """The cache's client of a process, with a timeout of its own in seconds."""
    runtimes = []

    def build(timeout_s, **changes):
        monkeypatch.setattr(bootstrap, "REDIS_TIMEOUT_S", timeout_s)
        runtimes.append(build_runtime(settings.model_copy(update=changes)))
        return runtimes[-1].cache

    yield build
    for runtime in runtimes:
        runtime.cache.close()
        runtime.engine.dispose()
        runtime.celery.close()


def test_a_connection_that_is_cut_during_a_command_is_opened_anew(make_cache, cache):
    client = make_cache(patience(10.0))

    def cut():
        wait_until(lambda: cache.info("clients")["blocked_clients"], within_s=5, what="the command is under way")
        cache.client_kill_filter(_type="normal", skipme=True)
        cache.rpush("list", "x")

    thread = threading.Thread(target=cut)
    thread.start()
    assert client.blpop(["list"], timeout=patience(5)) == (b"list", b"x")
    thread.join()


def test_a_server_that_does_not_answer_costs_one_timeout(make_cache):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        client = make_cache(0.2, cache_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        with pytest.raises(redis.TimeoutError):
            client.get("a")
        assert time.monotonic() - started < patience(1.0)
        silent.settimeout(0.05)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()
