"""A probe answers no when what it asks is away, at whatever moment it went away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from app.cli.stack.ports import find_free
from app.cli.stack.probes import accepts, consumes, serves
from tests.servers import running_redis
from tests.waiting import wait_until


@pytest.fixture
def hanging_up() -> Iterator[int]:
    """The port of a server that takes every connection and ends it after the first words."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(64)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_broker_that_is_not_there_has_no_consumers() -> None:
    assert not consumes(f"redis://127.0.0.1:{find_free()}/0", "io0@here")


def test_a_broker_that_hangs_up_has_no_consumers(hanging_up: int) -> None:
    assert not consumes(f"redis://127.0.0.1:{hanging_up}/0", "io0@here")


def test_a_broker_that_dies_while_it_is_asked_has_no_consumers(tmp_path: Path) -> None:
    with running_redis(tmp_path, lasting=False) as server, redis.Redis.from_url(server.url) as client:

        def die() -> None:
            wait_until(
                lambda: client.pubsub_channels() or client.info()["blocked_clients"], within_s=10, what="the ping"
            )
            with suppress(redis.ConnectionError):
                client.shutdown(nosave=True)

        dying = threading.Thread(target=die)
        dying.start()
        assert not consumes(server.url, "io0@here")
        dying.join()


def test_a_page_that_breaks_off_is_not_served(hanging_up: int) -> None:
    assert not serves(f"http://127.0.0.1:{hanging_up}/healthz")
    assert not accepts("127.0.0.1", find_free())
