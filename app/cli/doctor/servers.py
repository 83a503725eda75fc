"""Checks of Postgres, Redis and the admin, by the settings."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from sqlalchemy.exc import SQLAlchemyError

from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.cli.migration import current_revision, newest_revision
from app.cli.stack.checks import check_database, place_of
from app.cli.stack.ports import is_free
from app.cli.stack.probes import serves
from app.cli.stack.processes import admin_url
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import Unreachable
from app.repositories.server import read_version

OLDEST_POSTGRES = 14
_POLICIES = {"BROKER_URL": "noeviction", "CACHE_URL": "allkeys-lru"}


def check_postgres(settings: Settings) -> Iterator[Check]:
    """Checks that Postgres is reachable, new enough, and at this version's schema."""
    try:
        check_database(settings.database_url)
    except Unreachable as error:
        yield failed("postgres", str(error), "start it (`chorus up` brings its own), or correct DATABASE_URL")
        yield skipped("schema", "Postgres does not answer")
        return
    engine = create_db_engine(settings.database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            number = read_version(connection)
            revision = current_revision(connection)
    except SQLAlchemyError as error:
        yield failed("postgres", f"cannot be read: {type(error).__name__}", "see the log of Postgres")
        return
    finally:
        engine.dispose()
    place = place_of(settings.database_url)
    if number < OLDEST_POSTGRES * 10_000:
        yield failed("postgres", f"version {number // 10_000} at {place}", f"use PostgreSQL {OLDEST_POSTGRES} or later")
    else:
        yield passed("postgres", f"version {number // 10_000}.{number % 10_000} at {place}")
    newest = newest_revision()
    if revision == newest:
        yield passed("schema", f"at {revision}, the newest")
    else:
        yield failed("schema", f"at {revision or 'nothing'}, this Chorus wants {newest}", "run `chorus migrate`")


def check_redis_servers(settings: Settings) -> Iterator[Check]:
    """Checks that both servers are reachable, each with the eviction policy it needs."""
    for variable, url in (("BROKER_URL", settings.broker_url), ("CACHE_URL", settings.cache_url)):
        yield _check_redis(variable, url)


def _check_redis(variable: str, url: str) -> Check:
    name, wanted = variable.removesuffix("_URL").lower(), _POLICIES[variable]
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            policy = client.info("memory").get("maxmemory_policy", "unknown")
            version = client.info("server").get("redis_version", "?")
    except (redis.RedisError, ValueError) as error:
        return failed(
            name, f"{place_of(url)}: {error}", f"start it (`chorus up` brings its own), or correct {variable}"
        )
    where = f"Redis {version} at {place_of(url)}, {policy}"
    if policy == wanted:
        return passed(name, where)
    if variable == "BROKER_URL":
        return failed(name, f"{where}: messages may vanish", f"redis-cli config set maxmemory-policy {wanted}")
    return warned(name, where, f"redis-cli config set maxmemory-policy {wanted}, with a maxmemory")


def check_admin(settings: Settings) -> Check:
    """Checks whether the admin answers, its port is free, or another program uses it."""
    url = admin_url(settings)
    if serves(f"{url}/healthz"):
        return passed("admin", f"answers at {url}")
    if is_free(settings.web_host, settings.web_port):
        return skipped("admin", f"not running; port {settings.web_port} is free")
    return failed("admin", f"port {settings.web_port} is held by something else", "choose another with WEB_PORT")
