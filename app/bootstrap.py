"""The composition root: builds the Runtime once per process and hands it to the thin shells."""

from __future__ import annotations

from functools import cached_property

import redis
from celery import Celery
from pydantic import SecretStr
from sqlalchemy import Engine

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.adapters.clock import SystemClock
from app.adapters.llm.chat_completions import ChatCompletions, build_client
from app.adapters.redis.breaker import RedisCircuitBreaker
from app.adapters.redis.cache import ProfileCache
from app.adapters.redis.limiter import RedisFloodLimiter, RedisProviderLimiter
from app.adapters.redis.signals import RedisEventStream
from app.adapters.redis.usage import RedisTokenEstimator
from app.adapters.rehearsal import Rehearsal
from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.services.delivery import DeliveryPorts
from app.services.generation import GenerationPorts, Provider
from app.services.ingest import IngestPorts
from app.services.settings import SettingsReader
from app.services.sweeping import SweepPorts
from app.services.tick import TickPorts

REDIS_TIMEOUT_S = 3.0
TRIAL_MARGIN_S = 5.0
REQUESTS_A_MINUTE = 2
"""A request may take half of a minute's tokens: a larger one would have to wait for an empty minute, and everybody who
asks meanwhile with it."""


class Runtime:
    """The adapters and services of one process. Nothing connects before it is used; clients are built once."""

    def __init__(self, settings: Settings, celery: Celery | None = None) -> None:
        self.settings = settings
        self.engine: Engine = create_db_engine(settings.database_url, pool_size=settings.db_pool_size)
        self.sessions: SessionFactory = create_session_factory(self.engine)
        self.cache: redis.Redis = redis.Redis.from_url(
            settings.cache_url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )
        self.clock = SystemClock()
        self.vault = FernetVault(settings.encryption_keys.get_secret_value())
        self.telegram = BotApi(settings.telegram_url)
        self.events = RedisEventStream(self.cache)
        self.celery = celery or create_celery(settings)
        self.queue = CeleryTaskQueue(self.celery, self.cache)
        self.fleet_settings = SettingsReader(self.sessions)
        self.rehearsal = Rehearsal(settings.rehearsal_url) if settings.rehearsal_url else None

    @cached_property
    def providers(self) -> tuple[Provider, ...]:
        """The chain of providers, built at the first use: only generation workers pay for it."""
        settings = self.settings
        timeout_s = settings.llm_timeout_s
        first = build_client(
            settings.llm_provider, settings.llm_model, _reveal(settings.llm_api_key), settings.llm_url, timeout_s
        )
        chain = [self._provider(first, name_of(first), settings.llm_rpm, settings.llm_tpm)]
        if settings.llm_fallback_model:
            second = build_client(
                settings.llm_fallback_provider or "openai",
                settings.llm_fallback_model,
                _reveal(settings.llm_fallback_key),
                settings.llm_fallback_url,
                timeout_s,
            )
            name = name_of(second) if name_of(second) != name_of(first) else f"{name_of(second)}#2"
            chain.append(self._provider(second, name, settings.llm_fallback_rpm, settings.llm_fallback_tpm))
        return tuple(chain)

    def _provider(self, client: ChatCompletions, name: str, rpm: int, tpm: int) -> Provider:
        return Provider(
            name=name,
            client=client,
            limiter=RedisProviderLimiter(self.cache, name, rpm, tpm),
            breaker=RedisCircuitBreaker(self.cache, name, self.settings.llm_timeout_s + TRIAL_MARGIN_S),
            usage=RedisTokenEstimator(self.cache, name),
            request_tokens=tpm // REQUESTS_A_MINUTE,
        )

    @cached_property
    def tick(self) -> TickPorts:
        """What ticks need."""
        cache = ProfileCache(self.cache)
        return TickPorts(self.sessions, self.fleet_settings, cache, self.queue, self.events, self.clock)

    @cached_property
    def generation(self) -> GenerationPorts:
        """What the LLM lanes need."""
        settings = self.settings
        return GenerationPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            cache=ProfileCache(self.cache),
            chain=self.providers,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            batch_size=settings.llm_batch_size,
            timeout_s=settings.llm_timeout_s,
        )

    @cached_property
    def delivery(self) -> DeliveryPorts:
        """What delivery needs."""
        flood = RedisFloodLimiter(self.cache)
        return DeliveryPorts(self.sessions, self.telegram, self.vault, flood, self.queue, self.events, self.clock)

    @cached_property
    def ingest(self) -> IngestPorts:
        """What ingest and the poller need."""
        return IngestPorts(self.sessions, self.fleet_settings, self.queue, self.events, self.clock)

    @cached_property
    def sweeping(self) -> SweepPorts:
        """What the sweepers need."""
        return SweepPorts(self.sessions, self.fleet_settings, self.queue, self.clock)


def name_of(client: ChatCompletions) -> str:
    """A provider's name in metrics, logs and Redis: limits belong to a model of a provider."""
    return f"{client.provider}:{client.model}"


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def build_runtime(settings: Settings, celery: Celery | None = None) -> Runtime:
    """The Runtime of this process. `celery` is the app of a worker that already has one."""
    return Runtime(settings, celery)
