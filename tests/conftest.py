"""What every test may use: real servers, a session rolled back after the test, no way out of the machine."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import redis
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from structlog.contextvars import clear_contextvars

from app.cli.migration import upgrade_to_head
from app.cli.stack.postgres import PostgresServer
from app.config import Settings
from app.db import create_db_engine
from app.logs import configure_logging
from app.outages import forget_told
from app.postgres.address import read_address
from app.redis_servers import BROKER, CACHE
from tests.network import close_the_way_out
from tests.servers import empty_tables, running_postgres, running_redis

hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis.settings.load_profile("unhurried")
"""Property tests look for wrong results, not for slow ones: a busy machine must not fail them. In CI the
same examples are tried each time, so that a change is judged by itself; everywhere else new ones are."""


def pytest_configure(config: pytest.Config) -> None:
    """Closes the way out, and forgets what the developer's own environment says.

    Bytecode is kept, whatever it says: else each of the hundreds of processes that tests start compiles all it imports.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    for name in Settings.model_fields:
        for variable in (name.upper(), f"{name.upper()}_FILE"):
            os.environ.pop(variable, None)
    Settings.model_config["env_file"] = None
    close_the_way_out()


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A short-lived folder that other users may enter, for the servers' data."""
    folder = Path(tempfile.mkdtemp(prefix="chorus-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[PostgresServer]:
    """One PostgreSQL server a test process."""
    with running_postgres(server_folder) as server:
        yield server


@pytest.fixture
def empty_database_url(postgres: PostgresServer) -> Iterator[str]:
    """A database of its own without any table, dropped after the test."""
    name = f"empty_{uuid4().hex[:12]}"
    postgres.create_database(name)
    yield postgres.url(name)
    admin = create_db_engine(postgres.url("postgres")).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def database_url(postgres: PostgresServer) -> str:
    """A migrated database, shared by the tests of one process: leave it as empty as it was."""
    postgres.create_database()
    engine = create_db_engine(postgres.url())
    upgrade_to_head(engine)
    engine.dispose()
    return postgres.url()


@pytest.fixture
def read_only_url(engine: Engine, database_url: str) -> Iterator[str]:
    """The address of a user whose sessions can only read, as on a standby."""
    name, password = f"reader_{uuid4().hex[:8]}", uuid4().hex
    with engine.begin() as connection:
        connection.execute(text(f"create role {name} superuser login password '{password}'"))
        connection.execute(text(f"alter role {name} set default_transaction_read_only = on"))
    yield replace(read_address(database_url), user=name, password=password).url
    with engine.begin() as connection:
        connection.execute(text(f"drop role {name}"))


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on the migrated database."""
    engine = create_db_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose commits are savepoints: everything is rolled back after the test."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture
def committed_db(engine: Engine) -> Iterator[Engine]:
    """The engine, for tests whose threads or workers must see each other's commits; emptied afterwards."""
    yield engine
    empty_tables(engine)


@pytest.fixture(scope="session")
def broker_url(server_folder: Path) -> Iterator[str]:
    """A Redis with the broker's manners."""
    with running_redis(server_folder / "broker", lasting=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url(server_folder: Path) -> Iterator[str]:
    """A Redis with the cache's manners."""
    with running_redis(server_folder / "cache", lasting=False) as server:
        yield server.url


@pytest.fixture(autouse=True)
def logs_of_a_new_process() -> None:
    """A test begins with logs as a process of the fleet configures them, whatever an earlier test of this one left."""
    clear_contextvars()
    forget_told()
    BROKER.forget()
    CACHE.forget()
    configure_logging("INFO", "console", process="test")


def flushed(url: str) -> Iterator[redis.Redis]:
    """A client of an empty Redis, emptied again afterwards."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.fixture
def broker(broker_url: str) -> Iterator[redis.Redis]:
    """A client of the broker's Redis, empty at the start of each test."""
    yield from flushed(broker_url)


@pytest.fixture
def cache(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the cache's Redis, empty at the start of each test."""
    yield from flushed(redis_url)


@pytest.fixture
def settings(database_url: str, broker_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings that point at the test servers, and at nothing that answers elsewhere."""
    return Settings.from_env(
        database_url=database_url,
        broker_url=broker_url,
        cache_url=redis_url,
        secret_key="test-" + "k" * 40,
        encryption_keys=Fernet.generate_key().decode(),
        telegram_url="http://127.0.0.1:9",
        llm_url="http://127.0.0.1:9/v1",
        openai_api_key="sk-test",
        var_dir=tmp_path / "var",
    )
