"""The worker's own Celery app, built as a worker builds it: from the environment, at import."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest
from celery.signals import celeryd_init, setup_logging, worker_ready
from cryptography.fernet import Fernet


@pytest.fixture(scope="session")
def environment(database_url: str, broker_url: str, redis_url: str) -> dict[str, str]:
    """The variables of a worker that talks to the test servers and to nobody else."""
    return {
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "CACHE_URL": redis_url,
        "SECRET_KEY": "test-" + "k" * 40,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "TELEGRAM_URL": "http://127.0.0.1:9",
        "LLM_URL": "http://127.0.0.1:9/v1",
        "OPENAI_API_KEY": "sk-test",
        "SHARDS": "8",
    }


@pytest.fixture(scope="session")
def worker(environment: dict[str, str]) -> Iterator[ModuleType]:
    """The module `tasks.celery` with all tasks registered. It is imported once a process, as in a worker."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        module = importlib.import_module("tasks.celery")
    module.app.loader.import_default_modules()
    yield module
    celeryd_init.disconnect(module.configure_logs)
    setup_logging.disconnect(module.configure_logs)
    worker_ready.disconnect(module.serve_metrics)
    module.runtime.engine.dispose()
    module.runtime.cache.close()
    module.app.close()
