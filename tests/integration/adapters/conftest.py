"""Adapters against real Redis and real local HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from app.adapters.llm.chat_completions import build_client
from app.adapters.redis import provider_limiter
from app.domain.prompting import schema
from tests.integration.adapters.habits import KEY, MESSAGES, MemoryStore
from tests.integration.adapters.redis_clock import RedisClock
from tests.integration.adapters.scripted import ScriptedServer, running_server
from tests.integration.adapters.short_day import DAY_MS, DAY_SLOT_MS, MINUTE_MS

SCHEMA = schema(1)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as scripted:
        yield scripted


@pytest.fixture
def clock(cache: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> RedisClock:
    """The time for scripts of the cache's client: it stands still until a test moves it."""
    clock = RedisClock(cache)
    monkeypatch.setattr(cache, "register_script", clock.register_script)
    monkeypatch.setattr(cache, "time", clock.read)
    return clock


@pytest.fixture
def short_times(monkeypatch):
    """A minute of 110 ms and a day of 500 ms."""
    monkeypatch.setattr(provider_limiter, "WINDOW_MS", MINUTE_MS)
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 10)
    monkeypatch.setattr(provider_limiter, "DAY_MS", DAY_MS)
    monkeypatch.setattr(provider_limiter, "DAY_SLOT_MS", DAY_SLOT_MS)


def far(client):
    """The client of a server that is not the operator's own, although it is on loopback here."""
    client._profile.is_near = False
    return client


@pytest.fixture(params=["openai", "groq"])
def client(request, server):
    url = server.url if request.param == "groq" else f"{server.url}/v1"
    built = far(build_client(request.param, "model-1", KEY, url, timeout_s=5))
    yield built
    assert all(connection.is_idle() for connection in built._client._client._transport._pool.connections)
    built._client.close()


@pytest.fixture(params=[None, lambda text: None], ids=["whole", "streamed"])
def listen(request):
    return request.param


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture(params=["openai", "groq"])
def connect(request, server, store):
    built = []

    def build(**options):
        url = server.url if request.param == "groq" else f"{server.url}/v1"
        built.append(far(build_client(request.param, "model-1", "sk-hush", url, 5, store, **options)))
        return built[-1]

    yield build
    for client in built:
        assert all(connection.is_idle() for connection in client._client._client._transport._pool.connections)
        client._client.close()


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def ask(request):
    """Completes whole or streamed; what was heard must be the text."""

    def complete(client, max_tokens=99):
        heard = []
        found = client.complete(MESSAGES, SCHEMA, max_tokens, heard.append if request.param else None)
        assert heard[-1:] == ([found.text] if request.param else [])
        return found

    return complete
