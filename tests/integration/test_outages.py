"""What counts as an outage, by errors that a real Postgres and a real Redis raise."""

from __future__ import annotations

import threading

import psycopg2
import pytest
import redis
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from structlog.testing import capture_logs

from app import outages
from app.adapters.redis.connection import Refused, connect
from app.db import create_db_engine
from app.outages import in_one_line, is_outage, log_error, may_lack_redis
from app.redis_servers import BROKER, CACHE, check_writes, refusal_of
from drills.redis_faults import SETTINGS, refusing
from tests.servers import running_redis, wait_until

log = structlog.get_logger()


def error_of(act):
    with pytest.raises((DBAPIError, redis.RedisError)) as raised:
        act()
    return raised.value


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["set local statement_timeout = 1", "select pg_sleep(5)"], "57014"),
        (["select 1 / 0"], "22012"),
        (["select * from nothing_of_the_kind"], "42P01"),
        (["do $$ begin raise exception using errcode = '53200'; end $$"], "53200"),
        (["do $$ begin raise exception using errcode = '40P01'; end $$"], "40P01"),
        (["do $$ begin raise exception using errcode = '40001'; end $$"], "40001"),
    ],
)
def test_a_server_that_refuses_or_gives_up_a_statement_is_there(engine: Engine, statements, code):
    def act():
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    error = error_of(act)
    assert error.orig.pgcode == code
    assert not is_outage(error)


@pytest.mark.parametrize(
    "code", ["08006", "08001", "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "53100", "53300"]
)
def test_a_server_that_says_it_goes_away_or_takes_nothing_is_an_outage(engine: Engine, code):
    def act():
        with engine.begin() as connection:
            connection.execute(text(f"do $$ begin raise exception using errcode = '{code}'; end $$"))

    assert is_outage(error_of(act))


def test_a_lock_that_does_not_come_is_an_error(engine: Engine):
    def act():
        with engine.begin() as connection:
            connection.execute(text("set local lock_timeout = 1"))
            connection.execute(text("lock table bots in access exclusive mode"))

    with engine.begin() as holder:
        holder.execute(text("lock table bots in access share mode"))
        error = error_of(act)
    assert error.orig.pgcode == "55P03"
    assert not is_outage(error)


def test_a_connection_that_is_cut_under_a_statement_is_an_outage(database_url: str, engine: Engine):
    own = create_db_engine(database_url)
    errors = []

    def sleep(connection):
        with pytest.raises(DBAPIError) as raised:
            connection.execute(text("select pg_sleep(30)"))
        errors.append(raised.value)

    with own.connect() as connection, engine.begin() as killer:
        pid = connection.scalar(text("select pg_backend_pid()"))
        sleeping = threading.Thread(target=sleep, args=(connection,))
        sleeping.start()
        busy = text("select count(*) from pg_stat_activity where pid = :pid and state = 'active'")
        wait_until(lambda: killer.scalar(busy, {"pid": pid}), within_s=5, what="the statement")
        killer.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        sleeping.join(5)
    own.dispose()
    assert is_outage(errors[0])


def test_a_server_that_is_not_there_is_an_outage():
    engine = create_db_engine("postgresql://chorus:hush-hush@127.0.0.1:1/chorus")
    error = error_of(engine.connect)
    assert is_outage(error)
    assert "hush-hush" not in in_one_line(error)


def test_a_connection_or_cursor_that_the_program_closed_itself_is_told_apart():
    lost = InterfaceError(
        "select 1", {}, psycopg2.InterfaceError("connection already closed"), connection_invalidated=True
    )
    assert is_outage(lost)
    assert not is_outage(InterfaceError("select 1", {}, psycopg2.InterfaceError("cursor already closed")))
    assert not is_outage(OperationalError("select 1", {}, psycopg2.OperationalError("out of memory")))


def test_redis_away_slow_or_loading_is_an_outage():
    assert is_outage(error_of(lambda: redis.Redis(port=1, socket_connect_timeout=1).ping()))
    assert is_outage(redis.TimeoutError("Timeout reading from socket"))
    assert is_outage(redis.exceptions.BusyLoadingError("Redis is loading the dataset in memory"))


def test_redis_that_answers_with_an_error_is_there(cache: redis.Redis, tmp_path):
    cache.set("word", "x")
    assert not is_outage(error_of(lambda: cache.lpush("word", 1)))
    assert not is_outage(error_of(lambda: cache.eval("return nothing.x", 0)))
    with running_redis(tmp_path, lasting=False) as server:
        stranger = redis.Redis.from_url(server.url.replace(server.password, "wrong"))
        assert not is_outage(error_of(stranger.ping))


@pytest.mark.parametrize("kind", SETTINGS)
def test_redis_that_refuses_writes_is_an_outage_by_any_command(redis_url: str, cache: redis.Redis, kind):
    commands = (
        lambda client: client.set("key", 1),
        lambda client: client.eval("return redis.call('set', KEYS[1], 1)", 1, "key"),
        lambda client: client.pipeline().set("key", 1).execute(),
        lambda client: client.pipeline(transaction=False).set("key", 1).execute(),
        check_writes,
    )
    with refusing(cache, kind), connect(redis_url) as wary, redis.Redis.from_url(redis_url) as plain:
        for command in commands:
            for client in (wary, plain):
                error = error_of(lambda command=command, client=client: command(client))
                assert (refusal_of(error), is_outage(error)) == (kind, True)
            assert isinstance(error_of(lambda command=command: command(wary)), Refused)
    with connect(redis_url) as client:
        check_writes(client)
        assert client.keys() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "MISCONF"),
        ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", "BUSY"),
        ("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", "UNBLOCKED"),
        ("CLUSTERDOWN The cluster is down", "CLUSTERDOWN"),
        ("BUSYGROUP Consumer Group name already exists", None),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", None),
        ("unknown command 'OOM', with args beginning with:", None),
    ],
)
def test_refusals_are_known_by_their_code(text, code):
    error = redis.ResponseError(text)
    assert (refusal_of(error), is_outage(error)) == (code, code is not None)


def test_a_server_that_denies_us_is_the_operators_to_correct(tmp_path):
    with running_redis(tmp_path, lasting=False) as server, capture_logs() as lines:
        with connect(server.url.replace(server.password, "wrong")) as stranger:
            BROKER.failed(error_of(stranger.ping))
        with connect(server.url) as client:
            client.execute_command("ACL", "SETUSER", "reader", "on", ">reading", "~*", "+@read", "+@connection")
        with connect(server.url.replace(f":{server.password}", "reader:reading")) as reader:
            BROKER.failed(error_of(lambda: reader.set("key", 1)))
            check_writes(reader)
    [line] = lines
    assert line["reason"] == "DENIED"
    assert "BROKER_URL" in line["fix"]
    assert server.password not in str(line)


@pytest.mark.parametrize("url", ["redis://host/0", "rediss://host/0", "unix:///run/redis.sock"])
def test_every_kind_of_connection_gives_up_when_it_is_refused(url):
    with connect(url) as client:
        assert Refused.__module__ == type(client.connection_pool.make_connection()).__module__


def test_errors_of_the_program_are_none():
    assert not any(is_outage(error) for error in (ValueError(), OSError(), KeyboardInterrupt()))


def test_an_outage_is_told_in_one_line_and_an_error_with_its_traceback():
    with capture_logs() as lines:
        log_error(log, "looked", redis.ConnectionError("refused"), bot=1)
        log_error(log, "looked", ValueError("wrong\nmore"), bot=1)
    away, wrong = lines
    assert (away["log_level"], away["error"], away["bot"]) == ("warning", "ConnectionError: refused", 1)
    assert "exc_info" not in away
    assert (wrong["log_level"], wrong["error"]) == ("error", "ValueError: wrong")
    assert isinstance(wrong["exc_info"], ValueError)


def test_an_outage_is_told_once_a_minute_and_its_other_kinds_at_once(monkeypatch: pytest.MonkeyPatch):
    away, read_only, refused = (
        OperationalError(None, None, psycopg2.OperationalError(told))
        for told in ("Connection refused", "session is read-only", 'password authentication failed for user "u"')
    )
    clock = [0.0]
    monkeypatch.setattr(outages.time, "monotonic", lambda: clock[0])
    levels = {}
    for at, event, error in [
        (0, "looked", away),
        (1, "looked", away),
        (2, "asked", away),
        (3, "looked", read_only),
        (4, "looked", refused),
        (5, "looked", redis.ConnectionError("refused")),
        (59, "looked", away),
        (60, "looked", away),
    ]:
        clock[0] = at
        with capture_logs() as lines:
            log_error(log, event, error)
        levels[at] = [line["log_level"] for line in lines]
    assert levels == {
        0: ["warning"],
        1: ["debug"],
        2: ["warning"],
        3: ["warning"],
        4: ["error"],
        5: ["warning"],
        59: ["debug"],
        60: ["warning"],
    }


def test_a_cache_that_is_away_is_told_once_and_one_that_objects_each_time():
    with capture_logs() as lines:
        for _ in range(2):
            with may_lack_redis():
                raise redis.ConnectionError("refused")
        with may_lack_redis():
            raise redis.ResponseError("WRONGTYPE")
        CACHE.worked()
        with may_lack_redis():
            raise redis.ConnectionError("refused")
    away, line, back, again = lines
    assert (away["event"], away["server"], away["reason"]) == ("redis_unusable", "cache", "AWAY")
    assert "CACHE_URL" in away["fix"]
    assert back["event"] == "redis_usable"
    assert again == away
    assert (line["event"], line["log_level"], line["error"]) == ("redis_failed", "error", "ResponseError: WRONGTYPE")


def test_other_errors_are_not_swallowed_with_those_of_redis():
    with pytest.raises(ValueError, match="mine"), may_lack_redis():
        raise ValueError("mine")
