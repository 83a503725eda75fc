"""The Runtime: the adapters and services of one process."""

from __future__ import annotations

from functools import cached_property, partial

import redis
from celery import Celery
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.adapters.clock import SystemClock
from app.adapters.llm.prices import PriceList, load_prices
from app.adapters.redis.answers import RedisAnswerCache
from app.adapters.redis.cache import ProfileCache
from app.adapters.redis.connection import connect
from app.adapters.redis.flood import RedisFloodLimiter
from app.adapters.redis.signals import RedisEventStream
from app.adapters.redis.silence import RedisSilenceLog
from app.adapters.sandbox_control import SandboxControl
from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.adapters.web.client import GuardedClient
from app.adapters.web.feeds import WebFeeds
from app.bootstrap.chains import Chains
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.domain.analysis.language import load_model
from app.held import Held
from app.services.delivery import DeliveryPorts
from app.services.feeds.headlines import HeadlineReader
from app.services.feeds.reading import FeedPorts
from app.services.fleet.tokens import TokenPorts
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.webhooks import webhook_ports
from app.services.lanes.families import families_in
from app.services.lanes.generation import GenerationPorts
from app.services.people.forgetting import ForgetPorts
from app.services.providers.editing import ProviderPorts
from app.services.providers.listing import read_list
from app.services.schedule.retention import REST, RetentionPorts
from app.services.schedule.sweeping import SweepPorts
from app.services.schedule.tick import TickPorts
from app.services.settings.values import SettingsReader
from app.services.traces.engine import engine_version
from app.services.work.batches import BatchPorts

REDIS_TIMEOUT_S = 3.0
REDIS_RETRIES = 1
"""A cut connection is reopened once. Nothing is repeated after a timeout: it may have been executed."""

PROVIDERS_TTL_S = 2.0
"""Until a process hears of a change in the list of providers."""


class Runtime:
    """The adapters and services of one process. They connect on first use; clients are built once."""

    def __init__(self, settings: Settings, celery: Celery | None = None) -> None:
        self.settings = settings
        self.engine: Engine = create_db_engine(settings.database_url, pool_size=settings.db_pool_size)
        self.sessions: SessionFactory = create_session_factory(self.engine)
        self.cache: redis.Redis = connect(
            settings.cache_url,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=Retry(ExponentialBackoff(), REDIS_RETRIES, (redis.ConnectionError,)),
        )
        self.clock = SystemClock()
        self.vault = FernetVault(settings.encryption_keys.get_secret_value())
        self.telegram = BotApi(settings.telegram_url, proxy=settings.telegram_proxy)
        self.events = RedisEventStream(self.cache)
        self.celery = celery or create_celery(settings)
        self.queue = CeleryTaskQueue(self.celery, self.cache)
        self.fleet_settings = SettingsReader(self.sessions)
        self.sandbox_control = SandboxControl(settings.sandbox_control_url) if settings.sandbox_control_url else None

    def close(self) -> None:
        """Closes the connections of a short command; a process that ends leaves that to its end."""
        if "chains" in vars(self):
            self.chains.close()
        self.engine.dispose()
        self.cache.close()
        self.celery.close()

    @cached_property
    def chains(self) -> Chains:
        """The providers, built on first use: only few processes need them. Raises ConfigError for prices."""
        listed = Held(partial(read_list, self.sessions, self.vault, self.settings), PROVIDERS_TTL_S)
        timeout_s = self.settings.llm_timeout_s
        return Chains(listed, self.prices, self.cache, self.sessions, self.clock, timeout_s)

    @cached_property
    def provider_edits(self) -> ProviderPorts:
        """The ports of changes of the list of providers."""
        return ProviderPorts(self.sessions, self.vault, self.settings, self.clock)

    @cached_property
    def prices(self) -> PriceList:
        """The models' prices. Raises ConfigError."""
        return load_prices(self.settings.llm_prices_file)

    @cached_property
    def tick(self) -> TickPorts:
        """The ports of ticks."""
        cache = ProfileCache(self.cache)
        return TickPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            cache=cache,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            silence=self.silence,
            engine=engine_version(),
            economy=self.chains.has_economy,
            headlines=HeadlineReader(self.sessions, self.fleet_settings, self.clock),
        )

    @cached_property
    def silence(self) -> RedisSilenceLog:
        """The log of silent ticks."""
        return RedisSilenceLog(self.cache)

    @cached_property
    def generation(self) -> GenerationPorts:
        """The ports of the LLM lanes."""
        settings = self.settings
        return GenerationPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            cache=ProfileCache(self.cache),
            answers=RedisAnswerCache(self.cache),
            families=families_in(settings.llm_prompt),
            chains=self.chains.of,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            batch_size=settings.llm_batch_size,
            timeout_s=settings.llm_timeout_s,
            stream=settings.llm_stream,
        )

    @cached_property
    def delivery(self) -> DeliveryPorts:
        """The ports of delivery; loads the language identifier, so that nothing waits between a send and its record."""
        load_model()
        return DeliveryPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            telegram=self.telegram,
            vault=self.vault,
            flood=RedisFloodLimiter(self.cache),
            queue=self.queue,
            events=self.events,
            clock=self.clock,
        )

    @cached_property
    def ingest(self) -> IngestPorts:
        """The ports of ingest and the poller."""
        return IngestPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            operator=self.settings.operator or "",
        )

    @cached_property
    def sweeping(self) -> SweepPorts:
        """The ports of the sweepers."""
        return SweepPorts(self.sessions, self.fleet_settings, self.queue, self.clock, self.chains.has_economy)

    @cached_property
    def retention(self) -> RetentionPorts:
        """The ports of retention."""
        return RetentionPorts(BatchPorts(self.sessions, REST), self.fleet_settings, self.clock)

    @cached_property
    def forgetting(self) -> ForgetPorts:
        """The ports of forgetting people."""
        return ForgetPorts(BatchPorts(self.sessions), RedisAnswerCache(self.cache), self.queue, self.clock)

    @cached_property
    def feeds(self) -> FeedPorts:
        """The ports of feed reading."""
        source = WebFeeds(GuardedClient(self.settings.private_hosts))
        return FeedPorts(self.sessions, self.fleet_settings, source, self.clock)

    @cached_property
    def tokens(self) -> TokenPorts:
        """The ports of the token checks."""
        webhooks = webhook_ports(self.sessions, self.telegram, self.vault, self.settings)
        return TokenPorts(self.sessions, self.telegram, self.vault, webhooks, self.clock)


def build_runtime(settings: Settings, celery: Celery | None = None) -> Runtime:
    """The Runtime of this process. `celery` is the app of a worker that already has one."""
    return Runtime(settings, celery)
