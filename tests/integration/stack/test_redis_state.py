"""What an operator is told about his own Redis servers, before the start and by the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from app.cli.doctor.servers import check_redis_servers
from app.cli.stack.checks import check_own_servers
from app.config import Settings
from app.domain.errors import Unreachable
from drills.redis_faults import SETTINGS, refusing


@contextmanager
def policy(client: redis.Redis, name: str) -> Iterator[None]:
    """Another eviction policy until the block ends."""
    before = client.config_get("maxmemory-policy")["maxmemory-policy"]
    client.config_set("maxmemory-policy", name)
    yield
    client.config_set("maxmemory-policy", before)


def verdicts(settings: Settings) -> list[tuple[str, str]]:
    return [(check.name, check.status) for check in check_redis_servers(settings)]


def test_two_servers_with_the_right_policies_are_fine(settings: Settings) -> None:
    assert check_own_servers(settings, ()) == ()
    assert verdicts(settings) == [("broker", "pass"), ("cache", "pass")]


@pytest.mark.parametrize("name", ["allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-ttl"])
def test_a_broker_that_evicts_is_told_at_the_start_and_fails_the_doctor(
    settings: Settings, broker: redis.Redis, name: str
) -> None:
    with policy(broker, name):
        [warning] = check_own_servers(settings, ())
        assert verdicts(settings) == [("broker", "fail"), ("cache", "pass")]
    assert warning.startswith(f"BROKER_URL: {name}: tasks")
    assert "config set maxmemory-policy noeviction" in warning


def test_a_cache_that_does_not_evict_is_told(settings: Settings, cache: redis.Redis) -> None:
    with policy(cache, "noeviction"):
        [warning] = check_own_servers(settings, ())
        assert verdicts(settings) == [("broker", "pass"), ("cache", "warn")]
    assert warning.startswith("CACHE_URL: noeviction: ")


@pytest.mark.parametrize(("name", "problems"), [("noeviction", 1), ("allkeys-lru", 2)])
def test_one_server_for_both_must_not_evict_and_should_be_two(
    settings: Settings, broker: redis.Redis, name: str, problems: int
) -> None:
    shared = settings.model_copy(update={"cache_url": settings.broker_url.replace("/0", "/1")})
    with policy(broker, name):
        warnings = check_own_servers(shared, ())
    assert len(warnings) == problems
    assert "broker and cache are one server" in warnings[-1]
    assert not any("maxmemory-policy allkeys" in warning for warning in warnings)


def test_embedded_servers_are_not_asked_before_they_run(settings: Settings) -> None:
    away = settings.model_copy(update={"broker_url": "redis://127.0.0.1:9/0"})
    assert check_own_servers(away, {"BROKER_URL"}) == ()


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_server_that_refuses_writes_stops_the_start_and_fails_the_doctor(
    settings: Settings, cache: redis.Redis, kind: str
) -> None:
    with refusing(cache, kind):
        with pytest.raises(Unreachable, match=rf"CACHE_URL: Redis at .* refuses writes \({kind} "):
            check_own_servers(settings, ())
        [_, check, *_] = check_redis_servers(settings)
    assert (check.name, check.status) == ("cache", "fail")
    assert f"refuses writes ({kind} " in check.detail
    assert check.fix


def test_a_server_that_tells_nothing_of_itself_is_no_problem(settings: Settings, broker: redis.Redis) -> None:
    broker.execute_command("ACL", "SETUSER", "modest", "on", ">hidden-pw", "~*", "&*", "+@all", "-@admin", "-info")
    place = settings.broker_url.split("@")[1]
    modest = settings.model_copy(update={"broker_url": f"redis://modest:hidden-pw@{place}"})
    try:
        assert check_own_servers(modest, ()) == ()
        assert verdicts(modest) == [("broker", "pass"), ("cache", "pass")]
    finally:
        broker.execute_command("ACL", "DELUSER", "modest")
