"""Sessions that can no longer write or were ended, servers that refuse, hosts that vanish: with a real Postgres."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.cli.doctor.servers import check_postgres
from app.cli.stack.checks import check_database
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import Unreachable
from app.outages import in_one_line, is_outage
from app.postgres.address import Host, read_address
from app.postgres.errors import refusal

NOBODY = Host("127.0.0.1", "9")
PID = text("select pg_backend_pid()")
RAISE = "do $$ begin raise exception using errcode = '{}'; end $$"


@pytest.fixture
def own(database_url: str) -> Iterator[Engine]:
    """An engine of this test's own."""
    engine = create_db_engine(database_url, pool_size=2)
    yield engine
    engine.dispose()


def use(engine: Engine) -> int:
    """The pid of the session that the next use gets, which can write."""
    with engine.connect() as connection:
        assert connection.scalar(text("show transaction_read_only")) == "off"
        return int(connection.scalar(PID) or 0)


def fail(connection: Connection, statement: str) -> DBAPIError:
    """The error that the statement raises."""
    with pytest.raises(DBAPIError) as raised:
        connection.execute(text(statement))
    return raised.value


def test_a_session_that_turned_read_only_in_the_pool_is_not_used_again(own: Engine) -> None:
    with own.connect() as connection, own.connect() as other:
        pids = {connection.scalar(PID), other.scalar(PID)}
        for one in (connection, other):
            one.execute(text("set default_transaction_read_only = on"))
            one.commit()
    assert use(own) not in pids
    with own.connect() as connection, own.connect() as other:
        assert not {connection.scalar(PID), other.scalar(PID)} & pids


def test_a_statement_that_may_not_write_is_an_outage_and_ends_its_session(own: Engine) -> None:
    with own.connect() as connection:
        pid = connection.scalar(PID)
        connection.execute(text("set transaction read only"))
        error = fail(connection, "create table never (id int)")
        assert connection.invalidated
    assert is_outage(error)
    assert in_one_line(error).endswith("cannot execute CREATE TABLE in a read-only transaction")
    assert use(own) != pid


@pytest.mark.parametrize(
    ("code", "ends_own", "ends_others"),
    [
        *((code, True, True) for code in ("08006", "08P01", "25006", "53300", "57P01", "57P02", "57P03", "57P04")),
        *((code, True, False) for code in ("25P03", "25P04", "57P05")),
        *((code, False, False) for code in ("22012", "40001", "53100", "53200", "57014")),
    ],
)
def test_which_errors_end_their_session_and_which_end_the_others_too(
    own: Engine, code: str, ends_own: bool, ends_others: bool
) -> None:
    with own.connect() as connection:
        with own.connect() as other:
            waiting = other.scalar(PID)
        pid = connection.scalar(PID)
        fail(connection, RAISE.format(code))
        assert connection.invalidated == ends_own
        assert (use(own) == waiting) != ends_others
    with own.connect() as first, own.connect() as second:
        assert (pid in {first.scalar(PID), second.scalar(PID)}) != ends_own


@pytest.fixture
def stranger(engine: Engine) -> Iterator[str]:
    """A user of Postgres with the password "right-password", to be altered by the test."""
    name = f"stranger_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(text(f"create role {name} login password 'right-password'"))
    yield name
    with engine.begin() as connection:
        connection.execute(text(f"drop role {name}"))


@pytest.mark.parametrize("hosts", [1, 2])
@pytest.mark.parametrize(
    ("altered", "password", "database", "words"),
    [
        ("login", "wrong-password", "chorus", "refuses the password of user {0}"),
        ("login", "", "chorus", "DATABASE_URL has none"),
        ("nologin", "right-password", "chorus", "does not let user {0} in"),
        ("login", "right-password", "nowhere", "has no database nowhere"),
        ("connection limit 0", "right-password", "chorus", None),
    ],
)
def test_a_server_that_refuses_for_good_is_told_in_a_sentence(
    engine: Engine,
    database_url: str,
    stranger: str,
    altered: str,
    password: str,
    database: str,
    words: str | None,
    hosts: int,
) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"alter role {stranger} {altered}"))
    address = read_address(database_url)
    away = [NOBODY] * (hosts - 1)
    url = replace(address, hosts=(*away, *address.hosts), user=stranger, password=password, database=database).url

    with pytest.raises(OperationalError) as raised, create_db_engine(url).connect():
        pass
    assert is_outage(raised.value)
    with pytest.raises(Unreachable) as told:
        check_database(url)
    if words is None:
        assert refusal(raised.value) is None
        assert "too many connections for role" in in_one_line(raised.value)
    else:
        assert words.format(stranger) in in_one_line(raised.value)
        assert words.format(stranger) in str(told.value)
        assert "Start it" not in str(told.value)
    assert "-password" not in f"{in_one_line(raised.value)} {told.value}"


CONNECTION = 'connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            f'{CONNECTION}FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "u", database "d", no encryption',
            "pg_hba",
        ),
        (f'{CONNECTION}FATAL:  pg_hba.conf rejects connection for host "10.0.0.9", user "u"', "pg_hba"),
        (
            f'{CONNECTION}FATAL:  permission denied for database "d"\nDETAIL:  User does not have CONNECT',
            "GRANT CONNECT",
        ),
        (f'{CONNECTION}FATAL:  Peer authentication failed for user "u"', "does not let user u in"),
        (f'{CONNECTION}FATAL:  role "u" does not exist', "does not let user u in"),
        (f"{CONNECTION}server does not support SSL, but SSL was required", "TLS"),
        (f"{CONNECTION}SSL error: certificate verify failed", "TLS"),
        (f"{CONNECTION}FATAL:  unsupported startup parameter in options: timezone", "ignore_startup_parameters"),
        (f"{CONNECTION}Connection refused\n\tIs the server running on that host?", None),
        (f"{CONNECTION}FATAL:  sorry, too many clients already", None),
        (f"{CONNECTION}FATAL:  remaining connection slots are reserved for roles with SUPERUSER", None),
        (f"{CONNECTION}FATAL:  the database system is starting up", None),
        (f"{CONNECTION}FATAL:  Passwort-Authentifizierung für Benutzer »u« fehlgeschlagen", None),
        ('could not translate host name "db" to address: Name or service not known', None),
        ("timeout expired", None),
    ],
)
def test_what_a_server_says_while_a_connection_is_made(message: str, words: str | None) -> None:
    error = OperationalError(None, None, psycopg2.OperationalError(message))
    assert is_outage(error)
    sentence = refusal(error)
    assert sentence is None if words is None else words in (sentence or "")
    assert "\n" not in in_one_line(error)


def test_the_first_of_several_hosts_that_can_be_written_is_used_and_tried_first_from_then_on(database_url: str) -> None:
    address = read_address(database_url)
    port, away = address.hosts[0].port, NOBODY.port
    query = f"host=127.0.0.1:{away}&host=127.0.0.1:{port}"
    both = (
        replace(address, hosts=(NOBODY, *address.hosts)).url,
        f"postgresql+psycopg2://{address.user}:{address.password}@/{address.database}?{query}",
    )
    for url in both:
        check_database(url)
        engine = create_db_engine(url)
        with engine.connect() as connection, engine.connect() as another:
            tried = [one.connection.dbapi_connection.info.dsn_parameters["port"] for one in (connection, another)]
        engine.dispose()
        assert tried == [f"{away},{port}", f"{port},{away}"]


def test_a_host_that_vanishes_is_noticed_and_the_operators_own_values_win(database_url: str) -> None:
    given = f"{database_url}?keepalives_idle=60&application_name=mine&options=-c%20work_mem%3D5MB"
    for url, idle, name in ((database_url, 5, "chorus"), (given, 60, "mine")):
        engine = create_db_engine(url)
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            asked = raw.info.dsn_parameters
            with socket.socket(fileno=os.dup(raw.fileno())) as line:
                assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
                assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == idle
            assert (asked["target_session_attrs"], asked["application_name"]) == ("read-write", name)
            assert connection.scalar(text("show timezone")) == "UTC"
            assert (connection.scalar(text("show work_mem")) == "5MB") == (url is given)
        engine.dispose()


@pytest.mark.parametrize("attribute", ["", "?target_session_attrs=any"])
def test_the_doctor_names_a_server_that_can_only_be_read(
    settings: Settings, read_only_url: str, attribute: str
) -> None:
    found = list(check_postgres(settings.model_copy(update={"database_url": f"{read_only_url}{attribute}"})))
    assert {check.name: check.status for check in found} == {"postgres": "pass", "writable": "fail", "schema": "pass"}
    assert "read-only" in next(check.detail for check in found if check.name == "writable")


def test_the_doctor_warns_of_a_fail_over_that_may_lose_commits(settings: Settings) -> None:
    address = read_address(settings.database_url)
    two = replace(address, hosts=address.hosts * 2).url
    found = {check.name: check for check in check_postgres(settings.model_copy(update={"database_url": two}))}
    assert (found["writable"].status, found["replication"].status) == ("pass", "warn")
