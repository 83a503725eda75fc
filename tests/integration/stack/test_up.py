"""`chorus up`, as an operator meets it: one screen, one clear outcome for everything that can go wrong."""

from __future__ import annotations

import json
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from app.cli.stack.ports import find_free
from app.cli.stack.postgres import PostgresServer
from tests.integration.stack.foreground import Foreground, environment, running_command, wait_gone
from tests.waiting import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("up")]

READY = "Chorus is up"
START_SECONDS = 90.0


def chorus(*words: str) -> tuple[str, ...]:
    return ("-m", "app.cli.main", *words)


def finished(folder: Path, *words: str, **env: str) -> Foreground:
    """A short command, run to its end."""
    folder.mkdir(exist_ok=True)
    with running_command(folder, *chorus(*words), env=environment(**env)) as command:
        command.wait(60)
        return command


@pytest.fixture(scope="module")
def port() -> int:
    return find_free()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def stack(folder: Path, port: int) -> Iterator[Foreground]:
    """The whole stack on a new folder, with both sandboxes."""
    words = ("up", "--web-port", str(port), "--telegram-url", "sandbox", "--process", "extra=sleep 1000")
    with running_command(folder, *chorus(*words)) as command:
        command.wait_for(READY, START_SECONDS)
        yield command


def test_the_first_admin_can_sign_in_where_the_screen_says(stack: Foreground) -> None:
    found = re.search(r"Admin +(\S+)\s+Sign in +admin / (\S+)", stack.out)
    assert found
    with httpx.Client(base_url=found.group(1), follow_redirects=True, trust_env=False) as browser:
        page = browser.get("/")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token
        form = {"csrf_token": token.group(1), "username": "admin", "password": found.group(2)}
        assert browser.post(page.url, data=form).url.path == "/password"


def test_the_screen_says_that_no_real_model_and_no_real_telegram_is_used(stack: Foreground) -> None:
    assert re.search(r"Model +sandbox.*OPENAI_API_KEY or GROQ_API_KEY", stack.out)
    assert re.search(r"Telegram +sandbox", stack.out)


def test_every_slow_step_has_a_line_on_stderr(stack: Foreground) -> None:
    steps = re.findall(r"^  (.+?) … (?:ready|done) \([\d.]+ s\)$", stack.err, re.MULTILINE)
    assert len(steps) >= 4
    assert "\x1b" not in stack.err


def test_every_process_of_the_plan_runs(stack: Foreground) -> None:
    parts = ("postgres -D", "redis-server", "gunicorn", "-n ticks0@", "-n io0@", "beat", "flower", "poll", "sleep")
    wait_until(lambda: all(any(part in line for line in stack.command_lines()) for part in parts), what=str(parts))


def test_no_secret_is_on_a_command_line_or_open_to_others(stack: Foreground, folder: Path) -> None:
    keys = folder / "var" / "keys"
    secrets = [file.read_text().strip() for file in keys.iterdir()]
    lines = stack.command_lines()
    assert lines
    assert not [line for line in lines if any(secret in line for secret in secrets)]
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys.iterdir()} == {0o600}
    assert stat.S_IMODE((folder / "var").stat().st_mode) == 0o700


def test_no_secret_is_in_a_log(stack: Foreground, folder: Path) -> None:
    secrets = [(folder / "var/keys" / name).read_text().strip() for name in ("postgres_password", "redis_password")]
    logs = list((folder / "var" / "log").glob("*.log"))
    assert len(logs) >= 11
    assert not [log for log in logs if any(secret in log.read_text(errors="replace") for secret in secrets)]


def test_a_killed_worker_comes_back_and_both_are_told(stack: Foreground) -> None:
    worker = next(process for process in stack.family() if "-n io0@" in " ".join(process.cmdline()))
    worker.kill()
    stack.wait_for("worker-io0 died (")
    stack.wait_for("worker-io0 runs again")


def test_a_second_up_on_the_folder_is_refused_with_the_pid(stack: Foreground, folder: Path, tmp_path: Path) -> None:
    second = finished(tmp_path, "up", "--var", str(folder / "var"))
    assert second.process.returncode == 2
    assert f"pid {stack.process.pid}" in second.err


def test_a_port_in_use_names_the_option(stack: Foreground, port: int, tmp_path: Path) -> None:
    second = finished(tmp_path, "up", "--web-port", str(port))
    assert second.process.returncode == 2
    assert f"port {port} is in use" in second.err
    assert "--web-port / WEB_PORT" in second.err
    assert "Traceback" not in second.err


def test_the_doctor_finds_nothing_wrong_from_another_terminal(stack: Foreground, folder: Path, tmp_path: Path) -> None:
    report = finished(tmp_path, "doctor", "--json", "--var", str(folder / "var"))
    checks = {check["name"]: check["status"] for check in json.loads(report.out)["checks"]}
    assert report.process.returncode == 0
    names = ("postgres", "schema", "broker", "cache", "model", "admin", "var", "keys")
    assert {name: checks[name] for name in names} == dict.fromkeys(names, "pass")


def test_a_user_is_created_listed_and_reset_from_another_terminal(
    stack: Foreground, folder: Path, tmp_path: Path
) -> None:
    env = {"VAR_DIR": str(folder / "var")}
    created = finished(tmp_path / "a", "user", "create", "Ada", "--json", **env)
    again = finished(tmp_path / "b", "user", "create", "ada", **env)
    reset = finished(tmp_path / "c", "user", "reset-password", "ada", "--json", **env)
    listed = finished(tmp_path / "d", "user", "list", "--json", **env)
    assert json.loads(created.out)["username"] == "ada"
    assert json.loads(created.out)["one_time_password"] != json.loads(reset.out)["one_time_password"]
    assert (again.process.returncode, again.out) == (2, "")
    assert "exists already" in again.err
    assert {row["username"]: row["role"] for row in json.loads(listed.out)} == {"admin": "admin", "ada": "operator"}


def test_a_start_that_is_killed_leaves_no_orphan_and_the_next_one_works_and_stops_in_order(tmp_path: Path) -> None:
    words = chorus("up", "--web-port", str(find_free()), "--no-flower")
    with running_command(tmp_path, *words) as command:
        wait_until(lambda: "Starting workers" in command.err, within_s=START_SECONDS, what="the last stage")
        family = command.family()
        command.process.kill()
        wait_gone(family)
    with running_command(tmp_path, *words) as command:
        command.wait_for(READY, START_SECONDS)
        assert "(shown once;" in command.out
        family = command.family()
        command.process.send_signal(signal.SIGINT)
        assert command.wait() == 0
        wait_gone(family)
    log = (tmp_path / "var" / "log" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def test_a_data_folder_of_another_version_is_refused_unharmed(tmp_path: Path) -> None:
    (tmp_path / "var" / "postgres").mkdir(parents=True)
    (tmp_path / "var" / "postgres" / "PG_VERSION").write_text("15\n")
    command = finished(tmp_path, "up", "--web-port", str(find_free()))
    assert command.process.returncode == 2
    assert "PostgreSQL 15" in command.err
    assert (tmp_path / "var" / "postgres" / "PG_VERSION").read_text() == "15\n"


@pytest.mark.parametrize(
    ("variable", "url", "words"),
    [
        ("DATABASE_URL", "postgresql://u:hidden-pw@127.0.0.1:{port}/chorus", "Postgres at 127.0.0.1:{port}"),
        ("BROKER_URL", "redis://:hidden-pw@127.0.0.1:{port}/0", "Redis at 127.0.0.1:{port}"),
        ("CACHE_URL", "redis://:hidden-pw@127.0.0.1:{port}/0", "Redis at 127.0.0.1:{port}"),
    ],
)
def test_an_operators_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, variable: str, url: str, words: str
) -> None:
    port = find_free()
    command = finished(tmp_path, "up", "--web-port", str(find_free()), **{variable: url.format(port=port)})
    assert command.process.returncode == 2
    assert variable in command.err
    assert words.format(port=port) in command.err
    assert "hidden-pw" not in command.err
    assert "Traceback" not in command.err


def test_every_mistake_in_the_env_file_is_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=mysql://x\nWEB_PORT=many\nSECRET_KEY=short\nSHARDS=0\n")
    command = finished(tmp_path, "up")
    assert command.process.returncode == 2
    for name in ("DATABASE_URL", "WEB_PORT", "SECRET_KEY", "SHARDS"):
        assert f"  - {name}: " in command.err
    assert "Traceback" not in command.err


def test_the_operators_own_postgres_is_used(database_url: str, postgres: PostgresServer, tmp_path: Path) -> None:
    own = {"DATABASE_URL": database_url}
    words = chorus("up", "--web-port", str(find_free()), "--no-flower")
    with running_command(tmp_path, *words, env=environment(**own)) as command:
        wait_until(lambda: "Preparing the database … ready" in command.err, within_s=START_SECONDS, what="migrating")
        assert not (tmp_path / "var" / "postgres").exists()
        assert not [process for process in command.family() if process.name() == "postgres"]
        command.process.terminate()
        assert command.wait() == 0


def test_a_supervisor_that_is_not_root_needs_no_privilege(tmp_path: Path) -> None:
    words = chorus("up", "--web-port", str(find_free()), "--no-flower")
    other = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    with running_command(tmp_path, *words, prefix=other if psutil.Process().uids().real == 0 else ()) as command:
        wait_until(lambda: "Preparing the database … ready" in command.err, within_s=START_SECONDS, what="migrating")
        command.process.terminate()
        assert command.wait() == 0
