"""Checks of Postgres, Redis and the admin, by the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import redis
from sqlalchemy.exc import SQLAlchemyError

from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.cli.migration import current_revision, newest_revision
from app.cli.stack.checks import ReadOnly, check_database, place_of
from app.cli.stack.ports import is_free
from app.cli.stack.probes import serves
from app.cli.stack.processes import admin_url
from app.cli.stack.redis_state import Advice, RedisState, advise, read_state
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import Unreachable
from app.postgres.address import read_address
from app.repositories.server import Role, read_role, read_version

OLDEST_POSTGRES = 14


def check_postgres(settings: Settings) -> Iterator[Check]:
    """Checks that Postgres is reachable, new enough, the primary, and at this version's schema."""
    address = read_address(settings.database_url)
    try:
        check_database(settings.database_url)
    except ReadOnly:
        address = address.for_any_session()
    except Unreachable as error:
        yield failed("postgres", str(error), "start it (`chorus up` brings its own), or correct DATABASE_URL")
        yield skipped("writable", "Postgres does not answer")
        yield skipped("schema", "Postgres does not answer")
        return
    engine = create_db_engine(address.url, pool_size=1)
    try:
        with engine.connect() as connection:
            number, role = read_version(connection), read_role(connection)
            revision = current_revision(connection)
    except SQLAlchemyError as error:
        yield failed("postgres", f"cannot be read: {type(error).__name__}", "see the log of Postgres")
        return
    finally:
        engine.dispose()
    yield _check_version(number, address.place)
    yield _check_writable(role)
    if len(address.hosts) > 1:
        yield _check_replication(role)
    yield _check_schema(revision)


def _check_version(number: int, place: str) -> Check:
    if number < OLDEST_POSTGRES * 10_000:
        return failed(
            "postgres", f"version {number // 10_000} at {place}", f"use PostgreSQL {OLDEST_POSTGRES} or later"
        )
    return passed("postgres", f"version {number // 10_000}.{number % 10_000} at {place}")


def _check_writable(role: Role) -> Check:
    if role.standby:
        fix = "promote it (`SELECT pg_promote()`), or add the primary's host to DATABASE_URL (host1:5432,host2:5432)"
        return failed("writable", "no primary answers, only a standby: nothing can be sent", fix)
    if role.read_only:
        fix = "set default_transaction_read_only off: SHOW it, then ALTER SYSTEM, DATABASE or ROLE, where it was set"
        return failed("writable", "the server is read-only: nothing can be sent", fix)
    return passed("writable", "the primary, and it takes writes")


def _check_replication(role: Role) -> Check:
    if role.waits_for_standby:
        return passed("replication", "a commit waits for a standby, so a fail-over loses none")
    lost = "a fail-over may lose the last commits: what was sent just before may be sent again"
    return warned("replication", lost, "name the standbys in synchronous_standby_names of the primary")


def _check_schema(revision: str | None) -> Check:
    newest = newest_revision()
    if revision == newest:
        return passed("schema", f"at {revision}, the newest")
    return failed("schema", f"at {revision or 'nothing'}, this Chorus wants {newest}", "run `chorus migrate`")


def check_redis_servers(settings: Settings) -> Iterator[Check]:
    """Checks that both servers are reachable and take writes, each with the eviction policy it needs."""
    found: dict[str, RedisState | Check] = {
        variable: _read(variable, url)
        for variable, url in (("BROKER_URL", settings.broker_url), ("CACHE_URL", settings.cache_url))
    }
    states = {variable: state if isinstance(state, RedisState) else None for variable, state in found.items()}
    advice = advise(states["BROKER_URL"], states["CACHE_URL"])
    for variable, state in found.items():
        if isinstance(state, Check):
            yield state
            continue
        url = settings.broker_url if variable == "BROKER_URL" else settings.cache_url
        yield from _judge(_name(variable), f"Redis {state.version} at {place_of(url)}", state, advice[variable])


def _read(variable: str, url: str) -> RedisState | Check:
    try:
        return read_state(variable, url)
    except (redis.RedisError, ValueError) as error:
        fix = f"start it (`chorus up` brings its own), or correct {variable}"
        return failed(_name(variable), f"{place_of(url)}: {error}", fix)


def _judge(name: str, where: str, state: RedisState, advice: Sequence[Advice]) -> Iterator[Check]:
    if state.refusal:
        yield failed(name, f"{where} {state.refusal}", state.fix or "see its log")
    for one in advice:
        yield (failed if one.loses else warned)(name, f"{where}, {one.text}", one.fix)
    if not state.refusal and not advice:
        forgets = "; keeps nothing over a restart, then due work is published again" if state.keeps is False else ""
        yield passed(
            name, f"{where}, {state.policy or 'its eviction policy is not told'}{forgets * (name == 'broker')}"
        )


def _name(variable: str) -> str:
    return variable.removesuffix("_URL").lower()


def check_admin(settings: Settings) -> Check:
    """Checks whether the admin answers, its port is free, or another program uses it."""
    url = admin_url(settings)
    if serves(f"{url}/healthz"):
        return passed("admin", f"answers at {url}")
    if is_free(settings.web_host, settings.web_port):
        return skipped("admin", f"not running; port {settings.web_port} is free")
    return failed("admin", f"port {settings.web_port} is held by something else", "choose another with WEB_PORT")
