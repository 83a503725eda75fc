"""Prometheus metrics of the admin. No label names a bot or a chat: their number is unbounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import redis
import structlog
from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_flask_exporter import PrometheusMetrics
from sqlalchemy.exc import SQLAlchemyError

from app.domain.money import Saving
from app.outages import log_error
from app.postgres.errors import is_read_only
from app.redis_servers import check_writes
from app.services import money
from app.services.overview import overview
from app.services.work import KINDS
from app.web.state import EXTENSION, WebRuntime, WebState

REGISTRY = "chorus_metrics"
READ_ONLY = "Whether Postgres answers and cannot be written: a standby, or set read-only"

log = structlog.get_logger()


class RedisCollector(Collector):
    """Whether broker and cache take writes, asked when it is scraped."""

    def __init__(self, servers: Mapping[str, redis.Redis]) -> None:
        self._servers = servers

    def collect(self) -> Iterable[Metric]:
        """Yields 1 for each server that takes writes, else 0."""
        told = "Whether broker and cache answer and take writes: 0 while one is away or refuses"
        writable = GaugeMetricFamily("chorus_redis_writable", told, labels=["server"])
        for name, client in self._servers.items():
            writable.add_metric([name], _takes_writes(client))
        yield writable


class FleetCollector(Collector):
    """Gauges of the fleet, read when they are scraped; `chorus_overview_up` is 0 while Postgres is away."""

    def __init__(self, runtime: WebRuntime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterable[Metric]:
        """Yields the current gauges."""
        port = self._runtime
        try:
            overview.check_writes(port.sessions)
            counters = overview.read_counters(port.sessions, port.cache, port.clock)
            today = money.read_today(port.sessions, port.cache, port.fleet_settings.read(), port.clock)
        except (SQLAlchemyError, redis.RedisError) as error:
            log_error(log, "gauges_unreadable", error)
            yield GaugeMetricFamily("chorus_postgres_read_only", READ_ONLY, value=is_read_only(error))
            yield GaugeMetricFamily("chorus_overview_up", "Whether the gauges could be read", value=0)
            return
        yield GaugeMetricFamily("chorus_postgres_read_only", READ_ONLY, value=0)
        yield GaugeMetricFamily("chorus_overview_up", "Whether the gauges could be read", value=1)
        states = GaugeMetricFamily("chorus_utterances", "Utterances of the last hour by state", labels=["state"])
        for state, count in counters.utterances.items():
            states.add_metric([state], count)
        yield states
        bots = GaugeMetricFamily("chorus_bots", "Bots by status", labels=["status"])
        for status in ("active", "paused", "broken"):
            bots.add_metric([status], getattr(counters, f"bots_{status}"))
        yield bots
        kept_away = "Bots whose updates something keeps away, such as another program that polls their token"
        yield GaugeMetricFamily("chorus_bot_problems", kept_away, value=counters.bots_with_problems)
        pending = "Mentions that wait for an answer"
        yield GaugeMetricFamily("chorus_mentions_pending", pending, value=counters.mentions_pending)
        lag = "Seconds by which the most overdue tick is late"
        yield GaugeMetricFamily("chorus_overdue_tick_seconds", lag, value=counters.tick_lag_s)
        parked = GaugeMetricFamily("chorus_parked_items", "Items of leased work that were given up", labels=["kind"])
        for kind in KINDS:
            parked.add_metric([kind.name], counters.parked.get(kind.name, 0))
        yield parked
        yield from budget_gauges(today)


def _takes_writes(client: redis.Redis) -> int:
    try:
        check_writes(client)
    except redis.RedisError:
        return 0
    return 1


def budget_gauges(today: money.Today) -> Iterable[Metric]:
    """Yields the spent share of the fleet's budget, and the number of chats and bots at each step of saving."""
    ratio = "The part of the fleet's daily budget that is spent; 0 without a limit"
    yield GaugeMetricFamily("chorus_budget_spent_ratio", ratio, value=today.fleet.share)
    step = "How the fleet saves: 0 not at all, 1 cheaper model, 2 shorter, 3 fewer turns, 4 only mentions, 5 silence"
    yield GaugeMetricFamily("chorus_budget_saving_step", step, value=today.fleet.saving.value)
    savers = GaugeMetricFamily(
        "chorus_budget_saving", "Chats and bots whose own budgets make them save, by step", labels=["scope", "step"]
    )
    for scope, counts in today.saving.items():
        for saving in Saving:
            if saving:
                savers.add_metric([scope, saving.words], counts.get(saving, 0))
    yield savers


def measure_requests(app: Flask) -> None:
    """Counts and times requests by endpoint."""
    state: WebState = app.extensions[EXTENSION]
    registry = CollectorRegistry()
    PrometheusMetrics(
        app,
        path=None,
        registry=registry,
        group_by="endpoint",
        excluded_paths=["^/events$", "^/static/", "^/bootstrap/"],
    )
    ProcessCollector(registry=registry)
    registry.register(FleetCollector(state.runtime))
    registry.register(RedisCollector({"broker": state.broker, "cache": state.runtime.cache}))
    app.extensions[REGISTRY] = registry


def render_metrics(app: Flask) -> tuple[bytes, str]:
    """Returns the exposition, and its content type."""
    return generate_latest(app.extensions[REGISTRY]), CONTENT_TYPE_LATEST
