"""What a Redis server tells of itself, and what an operator should know of it. Only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import redis

from app.redis_servers import BROKER, CACHE, check_writes, refusal_of, tell_refusal

NOEVICTION, LRU = "noeviction", "allkeys-lru"
SET_POLICY = (
    "redis-cli config set maxmemory-policy {policy}, and in its configuration; on a managed one in its parameters"
)
TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class RedisState:
    """One server. `policy`, and `keeps` (whether a restart keeps its data), are None where it does not tell them.

    `refusal` is what it answers to a write, with `fix`; `run_id` tells servers apart.
    """

    version: str
    policy: str | None
    keeps: bool | None
    run_id: str | None
    refusal: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """Something about a server that should be otherwise. `loses` is true where tasks may be lost by it."""

    text: str
    fix: str
    loses: bool = False


def read_state(variable: str, url: str) -> RedisState:
    """Reads a server's state. Raises RedisError or ValueError when it cannot be used at all."""
    server = BROKER if variable == "BROKER_URL" else CACHE
    with redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
        client.ping()
        refusal = fix = None
        try:
            check_writes(client)
        except redis.RedisError as error:
            refusal, code = tell_refusal(error), refusal_of(error)
            if refusal is None or code is None:
                raise
            fix = server.fix(code)
        about = {**_info(client, "server"), **_info(client, "memory")}
        policy, run_id = about.get("maxmemory_policy"), about.get("run_id")
        return RedisState(str(about.get("redis_version", "?")), policy, _keeps(client), run_id, refusal, fix)


def advise(broker: RedisState | None, cache: RedisState | None) -> dict[str, list[Advice]]:
    """Returns advice by variable; a server that could not be read is None."""
    shared = broker is not None and cache is not None and broker.run_id is not None and broker.run_id == cache.run_id
    return {
        "BROKER_URL": list(_advise_broker(broker, shared)) if broker else [],
        "CACHE_URL": list(_advise_cache(cache, shared)) if cache else [],
    }


def _advise_broker(state: RedisState, shared: bool) -> Iterator[Advice]:
    if state.policy not in (NOEVICTION, None):
        what = "tasks and the scheduler's lock may vanish when its memory is full"
        yield Advice(f"{state.policy}: {what}", SET_POLICY.format(policy=NOEVICTION), loses=True)
    if shared:
        yield Advice(
            "broker and cache are one server: a full cache stops the broker, and the cache must not be evicted",
            "give CACHE_URL a Redis of its own, with a maxmemory and allkeys-lru",
        )


def _advise_cache(state: RedisState, shared: bool) -> Iterator[Advice]:
    if not shared and state.policy == NOEVICTION:
        what = "when its memory is full it refuses writes, and nothing is sent"
        yield Advice(f"{NOEVICTION}: {what}", f"{SET_POLICY.format(policy=LRU)}; with a maxmemory")
    elif not shared and state.policy not in (LRU, None):
        yield Advice(f"{state.policy}: keys that limit sending may go first", SET_POLICY.format(policy=LRU))


def _info(client: redis.Redis, section: str) -> Mapping[str, str]:
    """Returns a section of INFO; empty where the ACL forbids it."""
    with suppress(redis.ResponseError):
        found: Mapping[str, str] = client.info(section)
        return found
    return {}


def _keeps(client: redis.Redis) -> bool | None:
    """Whether a restart keeps the data; managed servers often do not tell."""
    if _info(client, "persistence").get("aof_enabled") in (1, "1"):
        return True
    with suppress(redis.ResponseError):
        return bool(client.config_get("save").get("save"))
    return None
