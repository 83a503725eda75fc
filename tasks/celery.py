"""The Celery app of workers and beat: `celery -A tasks.celery`."""

from __future__ import annotations

from typing import Any

import structlog
from celery.signals import celeryd_init, setup_logging, worker_ready
from prometheus_client import start_http_server

from app.adapters.celery import create_celery, read_settings
from app.bootstrap import Runtime, build_runtime
from app.logs import configure_logging
from beat_schedule import build_schedule
from tasks.base import HintTask
from tasks.last_words import log_last_words

settings = read_settings()
app = create_celery(settings, HintTask)
app.conf.worker_consumer = "tasks.consumer:PatientConsumer"
app.conf.beat_schedule = build_schedule(settings.dispatch_interval_s)
ROOMS = ("schedule", "lanes", "delivery", "ingest", "people", "fleet", "feeds")
app.conf.imports = tuple(f"tasks.{room}" for room in ROOMS)
runtime: Runtime = build_runtime(settings, app)

log = structlog.get_logger()


@celeryd_init.connect
@setup_logging.connect
def configure_logs(**kwargs: Any) -> None:
    """Replaces Celery's log set-up by ours, before a worker logs its first line."""
    configure_logging(settings.log_level, settings.log_format, settings.secrets)
    log_last_words()


@worker_ready.connect
def serve_metrics(**kwargs: Any) -> None:
    """Serves this worker's metrics on METRICS_PORT, if set."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
        log.info("metrics_served", port=settings.metrics_port)
