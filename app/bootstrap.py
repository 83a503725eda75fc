"""The composition root: builds the Runtime once per process and hands it to the thin shells."""

from __future__ import annotations

from functools import cached_property

import redis
from celery import Celery
from sqlalchemy import Engine

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.adapters.clock import SystemClock
from app.adapters.llm.chat_completions import ChatCompletions, build_client
from app.adapters.redis.cache import ProfileCache
from app.adapters.redis.limiter import RedisFloodLimiter, RedisProviderLimiter
from app.adapters.redis.signals import RedisEventStream
from app.adapters.rehearsal import Rehearsal
from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.services.delivery import DeliveryPorts
from app.services.generation import GenerationPorts
from app.services.ingest import IngestPorts
from app.services.settings import SettingsReader
from app.services.sweeping import SweepPorts
from app.services.tick import TickPorts

REDIS_TIMEOUT_S = 3.0


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
    def llm(self) -> ChatCompletions:
        """The provider's client, built at the first use: only generation workers pay for it."""
        settings = self.settings
        key = settings.llm_api_key
        return build_client(
            settings.llm_provider,
            settings.llm_model,
            key.get_secret_value() if key else None,
            settings.llm_url,
            settings.llm_timeout_s,
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
            llm=self.llm,
            limiter=RedisProviderLimiter(self.cache, settings.llm_provider, settings.llm_rpm, settings.llm_tpm),
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


def build_runtime(settings: Settings, celery: Celery | None = None) -> Runtime:
    """The Runtime of this process. `celery` is the app of a worker that already has one."""
    return Runtime(settings, celery)
