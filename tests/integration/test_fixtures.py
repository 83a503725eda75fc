"""The test environment keeps its own promises: nothing leaks between tests, nothing leaves the machine."""

from __future__ import annotations

import asyncio
import socket

import pytest
import redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.cli.migration import current_revision, newest_revision
from app.config import Settings


def test_the_shared_database_is_at_the_newest_revision(engine: Engine) -> None:
    with engine.connect() as connection:
        assert current_revision(connection) == newest_revision()


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_session_commits_is_gone_in_the_next_test(session: Session, turn: int) -> None:
    assert session.scalar(text("SELECT to_regclass('public.left_over')")) is None
    session.execute(text("CREATE TABLE left_over AS SELECT :turn AS n"), {"turn": turn})
    session.commit()


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_leaves_in_redis_is_gone_in_the_next(broker: redis.Redis, cache: redis.Redis, turn: int) -> None:
    for client in (broker, cache):
        assert client.dbsize() == 0
        client.set("left", turn)


def test_the_two_redis_servers_have_their_eviction_policies(broker: redis.Redis, cache: redis.Redis) -> None:
    policies = [client.config_get("maxmemory-policy")["maxmemory-policy"] for client in (broker, cache)]
    assert policies == ["noeviction", "allkeys-lru"]


def test_a_redis_without_its_password_is_refused(redis_url: str) -> None:
    _, _, place = redis_url.rpartition("@")
    with redis.Redis.from_url(f"redis://{place}") as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8"])
def test_a_connection_out_of_the_machine_is_refused(address: str) -> None:
    with socket.socket() as out, pytest.raises(OSError, match="tests may not connect"):
        out.connect((address, 80))


def test_a_connection_out_by_asyncio_is_refused() -> None:
    with pytest.raises(OSError, match="tests may not"):
        asyncio.run(asyncio.wait_for(asyncio.open_connection("192.0.2.1", 80), 5))


def test_a_foreign_name_is_not_looked_up() -> None:
    with pytest.raises(socket.gaierror, match="tests may not look up"):
        socket.create_connection(("api.telegram.org", 443))


def test_settings_point_at_the_test_servers(settings: Settings, database_url: str) -> None:
    assert settings.database_url == database_url
    assert settings.broker_url != settings.cache_url
