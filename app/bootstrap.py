"""The composition root: builds the Runtime once per process for the thin shells."""

from __future__ import annotations

from functools import cached_property, partial
from urllib.parse import urlsplit

import redis
from celery import Celery
from pydantic import SecretStr
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from sqlalchemy import Engine

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.adapters.clock import SystemClock
from app.adapters.llm.chat_completions import ChatCompletions, build_client
from app.adapters.llm.prices import PriceList, load_prices
from app.adapters.llm.profile import Wishes
from app.adapters.redis.answers import RedisAnswerCache
from app.adapters.redis.breaker import RedisCircuitBreaker
from app.adapters.redis.cache import ProfileCache
from app.adapters.redis.connection import connect
from app.adapters.redis.flood import RedisFloodLimiter
from app.adapters.redis.pace import FixedPace, RedisPace
from app.adapters.redis.provider_limiter import DAY_SLOT_MS, ProviderLimits, RedisProviderLimiter
from app.adapters.redis.signals import RedisEventStream
from app.adapters.redis.silence import RedisSilenceLog
from app.adapters.redis.usage import RedisTokenEstimator
from app.adapters.sandbox_control import SandboxControl
from app.adapters.telegram.bot_api import BotApi
from app.adapters.vault import FernetVault
from app.adapters.web.client import GuardedClient
from app.adapters.web.feeds import WebFeeds
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.domain.addresses import is_near
from app.domain.analysis.language import load_model
from app.domain.lanes.lane import MOST_IN_FLIGHT
from app.domain.ports import DaySlot, Pace
from app.repositories.lanes import provider_day
from app.services.delivery import DeliveryPorts
from app.services.feeds.headlines import HeadlineReader
from app.services.feeds.reading import FeedPorts
from app.services.fleet.tokens import TokenPorts
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.webhooks import webhook_ports
from app.services.lanes.capabilities import StoredCapabilities
from app.services.lanes.families import families_in
from app.services.lanes.generation import GenerationPorts, Provider
from app.services.people.forgetting import ForgetPorts
from app.services.schedule.retention import REST, RetentionPorts
from app.services.schedule.sweeping import SweepPorts
from app.services.schedule.tick import TickPorts
from app.services.settings.values import SettingsReader
from app.services.traces.engine import engine_version
from app.services.work.batches import BatchPorts

REDIS_TIMEOUT_S = 3.0
REDIS_RETRIES = 1
"""A cut connection is reopened once. Nothing is repeated after a timeout: it may have been executed."""

TRIAL_MARGIN_S = 5.0
REQUESTS_A_MINUTE = 2
"""A request may take half of a minute's tokens: a larger one would have to wait for an empty minute, and every later
request with it."""


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

    @cached_property
    def providers(self) -> tuple[Provider, ...]:
        """The chain of providers, built on first use: only generation workers need it."""
        s = self.settings
        first = self._client(s.llm_provider, s.llm_model, s.llm_api_key, s.llm_url, self._wishes)
        limits = ProviderLimits(s.llm_rpm, s.llm_tpm, s.llm_rpd, s.llm_tpd)
        chain = [self._provider(first, name_of(first), limits, s.llm_url)]
        if s.llm_fallback_model:
            second = self._client(
                s.llm_fallback_provider or "openai", s.llm_fallback_model, s.llm_fallback_key, s.llm_fallback_url
            )
            name = name_of(second) if name_of(second) != name_of(first) else f"{name_of(second)}#2"
            limits = ProviderLimits(s.llm_fallback_rpm, s.llm_fallback_tpm, s.llm_fallback_rpd, s.llm_fallback_tpd)
            chain.append(self._provider(second, name, limits, s.llm_fallback_url))
        return tuple(chain)

    @cached_property
    def economy(self) -> tuple[Provider, ...]:
        """The chain of the cheaper model, with the usual fallback behind it; empty without a cheaper model."""
        s = self.settings
        if not s.llm_economy_model:
            return ()
        client = self._client(s.llm_provider, s.llm_economy_model, s.llm_api_key, s.llm_url, self._wishes)
        limits = ProviderLimits(s.llm_economy_rpm, s.llm_economy_tpm)
        return (self._provider(client, name_of(client), limits, s.llm_url), *self.providers[1:])

    def _client(
        self, provider: str, model: str, key: SecretStr | None, url: str | None, wishes: Wishes | None = None
    ) -> ChatCompletions:
        return build_client(provider, model, _reveal(key), url, self.settings.llm_timeout_s, self.capabilities, wishes)

    @property
    def _wishes(self) -> Wishes:
        return Wishes(self.settings.llm_answer_format, self.settings.llm_reasoning)

    @cached_property
    def capabilities(self) -> StoredCapabilities:
        """What all workers know of the models."""
        return StoredCapabilities(self.sessions, self.clock)

    def _provider(self, client: ChatCompletions, name: str, limits: ProviderLimits, url: str | None) -> Provider:
        by_hand = self.settings.llm_max_in_flight > 0
        near = not by_hand and url is not None and is_near(urlsplit(url).hostname or "")
        return Provider(
            name=name,
            client=client,
            limiter=RedisProviderLimiter(self.cache, name, limits, partial(self._read_day, client)),
            breaker=RedisCircuitBreaker(self.cache, name, self.settings.llm_timeout_s + TRIAL_MARGIN_S),
            usage=RedisTokenEstimator(self.cache, name),
            pace=self._pace(name, near),
            request_tokens=limits.tokens_per_minute // REQUESTS_A_MINUTE,
            price=self.prices.of(client.provider, client.model, own_server=url is not None),
            near=near,
        )

    def _pace(self, name: str, near: bool) -> Pace:
        """Returns the places at a provider: a server of the operator's own begins with one."""
        if self.settings.llm_max_in_flight:
            return FixedPace(self.settings.llm_max_in_flight)
        return RedisPace(self.cache, name, 1 if near else MOST_IN_FLIGHT, MOST_IN_FLIGHT, minds_latency=near)

    @cached_property
    def prices(self) -> PriceList:
        """The models' prices. Raises ConfigError."""
        return load_prices(self.settings.llm_prices_file)

    def _read_day(self, client: ChatCompletions) -> list[DaySlot]:
        with self.sessions() as session:
            return provider_day.read_day(session, client.provider, client.model, self.clock.now(), DAY_SLOT_MS / 1000)

    @cached_property
    def tick(self) -> TickPorts:
        """The ports of ticks."""
        cache = ProfileCache(self.cache)
        economy = bool(self.settings.llm_economy_model)
        return TickPorts(
            sessions=self.sessions,
            settings=self.fleet_settings,
            cache=cache,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            silence=self.silence,
            engine=engine_version(),
            economy=economy,
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
            chain=self.providers,
            economy=self.economy,
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
        economy = bool(self.settings.llm_economy_model)
        return SweepPorts(self.sessions, self.fleet_settings, self.queue, self.clock, economy)

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


def name_of(client: ChatCompletions) -> str:
    """A provider's name in metrics, logs and Redis: limits belong to a model of a provider."""
    return f"{client.provider}:{client.model}"


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def build_runtime(settings: Settings, celery: Celery | None = None) -> Runtime:
    """The Runtime of this process. `celery` is the app of a worker that already has one."""
    return Runtime(settings, celery)
