"""Embedded servers: data folders that are kept, refused or healed, and programs that run without being root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from app.cli.stack import postgres_programs
from app.cli.stack.errors import StackError
from app.cli.stack.launch import tether
from app.cli.stack.ports import find_free
from app.cli.stack.postgres import PostgresServer
from app.cli.stack.postgres_programs import PostgresPrograms, find_programs
from app.cli.stack.redis import RedisServer, find_redis
from tests.servers import running
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that only its owner may enter, as a home of mode 0700."""
    folder = tmp_path_factory.mktemp("home")
    folder.chmod(0o700)
    return folder


@pytest.fixture(scope="module")
def server(place: Path) -> PostgresServer:
    """A data folder that is not served."""
    made = PostgresServer(find_programs(place), place / "postgres", find_free(), "pässword'1", durable=False)
    assert made.initialise()
    return made


def serve(server: PostgresServer, log: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return running(server.argv, log, prefix=server.programs.prefix, ready=server.answers, stop=signal.SIGQUIT)


def test_a_server_in_a_closed_home_answers_by_password_only(server: PostgresServer, tmp_path: Path) -> None:
    with serve(server, tmp_path / "log"):
        server.create_database()
        server.create_database()
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(server.url().replace(":p", ":q"))
        connection = psycopg2.connect(server.url())
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('timezone'), current_setting('unix_socket_directories')")
            assert cursor.fetchone() == ("UTC", "")
        connection.close()


def test_a_data_folder_is_made_once(server: PostgresServer) -> None:
    assert not server.initialise()


def test_data_of_another_version_is_refused_and_left_alone(tmp_path: Path, server: PostgresServer) -> None:
    old = tmp_path / "postgres"
    old.mkdir()
    (old / "PG_VERSION").write_text("16\n")
    (old / "precious").write_text("data")
    other = PostgresServer(server.programs, old, server.port, "x")
    with pytest.raises(StackError, match=r"PostgreSQL 16; this Chorus brings PostgreSQL 18.*Nothing was changed"):
        other.initialise()
    assert sorted(file.name for file in old.iterdir()) == ["PG_VERSION", "precious"]


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, server: PostgresServer) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "notes.txt").touch()
    with pytest.raises(StackError, match="is no PostgreSQL data folder"):
        PostgresServer(server.programs, tmp_path / "postgres", server.port, "x", durable=False).initialise()
    assert [file.name for file in tmp_path.iterdir()] == ["postgres"]


def test_a_stale_pid_file_whose_number_is_another_programs_does_not_stop_the_start(
    server: PostgresServer, tmp_path: Path
) -> None:
    with serve(server, tmp_path / "log") as process:
        pid_file = server.data_dir / "postmaster.pid"
        stale = pid_file.read_text().replace(str(process.pid), str(os.getpid()), 1)
    pid_file.write_text(stale)
    server.initialise()
    with serve(server, tmp_path / "log2"):
        assert server.answers()


def test_a_living_server_on_the_data_is_not_disturbed(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.stack.postgres.LEAVING_SECONDS", 0.2)
    with serve(server, tmp_path / "log") as process:
        with pytest.raises(StackError, match=f"kill -INT {process.pid}"):
            server.initialise()
        assert server.answers()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_where_user_namespaces_are_refused_the_server_runs_as_nobody(
    server_folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_programs, "can_run_as_other_user", lambda *_: False)
    programs = find_programs(place, shared_home=server_folder / "nobody")
    server = PostgresServer(programs, programs.place(place / "postgres"), find_free(), "secret", durable=False)
    server.initialise()
    with serve(server, place / "nobody.log") as process:
        assert psutil.Process(process.pid).username() == "nobody"


def test_without_the_package_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres_programs, "find_spec", lambda _: None)
    with pytest.raises(StackError, match="DATABASE_URL"):
        find_programs(tmp_path)


def test_the_passwords_are_on_no_command_line(tmp_path: Path) -> None:
    postgres = PostgresServer(PostgresPrograms(Path("/bin")), tmp_path, 1, "very-secret")
    cache = RedisServer(find_redis(), tmp_path / "redis", 1, "very-secret", lasting=False)
    cache.initialise()
    assert "very-secret" not in " ".join([*postgres.argv, *cache.argv])
    assert (tmp_path / "redis" / "redis.conf").stat().st_mode & 0o777 == 0o600


def test_a_broker_keeps_its_messages_over_a_kill(tmp_path: Path) -> None:
    broker = RedisServer(find_redis(), tmp_path / "broker of tests", find_free(), "secret", lasting=True)
    broker.initialise()
    command = (broker.argv, tmp_path / "log")
    for expected in (0, 1):
        with (
            running(*command, ready=broker.answers, stop=signal.SIGKILL),
            redis.Redis.from_url(broker.url) as client,
        ):
            assert client.llen("queue") == expected
            client.rpush("queue", "message")


@pytest.mark.parametrize("prefix", [(), ("setpriv", "--reuid=nobody", "--clear-groups")])
def test_a_tethered_process_ends_with_its_killed_parent(prefix: tuple[str, ...]) -> None:
    if prefix and os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    parent = (
        "import signal, subprocess, sys; from app.cli.stack.launch import tether; "
        f"child = subprocess.Popen((*{prefix!r}, *tether(('sleep', '60')))); "
        "print(child.pid, flush=True); signal.pause()"
    )
    process = subprocess.Popen((sys.executable, "-c", parent), stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    child = psutil.Process(int(process.stdout.readline()))
    wait_until(lambda: child.name() == "sleep", within_s=10, what="the child's exec")
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until(lambda: not child.is_running(), within_s=10, what="the end of the child")


def test_a_tether_to_a_parent_that_is_gone_starts_nothing() -> None:
    argv = [word if word != str(os.getpid()) else "1" for word in tether(("echo", "started"))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout, done.returncode != 0) == ("", True)
