"""The load users against a real admin, for a few seconds, as an operator would start them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.load.conftest import Site
from tests.waiting import patience

LOCUSTFILE = Path(__file__).parents[2] / "locustfile.py"
EACH_TASK_IN_TURN = """
import gevent
from locust import constant
import locustfile

KINDS = 3
done = set()

def in_turn(user):
    for one in dict.fromkeys(type(user).__mro__[1].tasks):
        one(user)
    done.add(type(user))
    if len(done) == KINDS:
        gevent.spawn(user.environment.runner.quit)

class EveryOperator(locustfile.Operator):
    fixed_count, wait_time = 1, constant(0.2)

class EveryProgram(locustfile.Program):
    fixed_count, wait_time = 1, constant(0.2)

class EveryProbe(locustfile.Probe):
    fixed_count, wait_time = 1, constant(0.2)

# Locust adds a class's tasks to those it inherits, so they are replaced afterwards.
for user in (EveryOperator, EveryProgram, EveryProbe):
    user.tasks = [in_turn]
del user
"""
CROWD = """
import os
import gevent
from gevent.event import Event
from locust import events
from locustfile import *

ENOUGH = int(os.environ["ENOUGH_REQUESTS"])
seen, enough = [], Event()

@events.init.add_listener
def watch(environment, **_):
    @environment.events.request.add_listener
    def count(request_type, name, **_):
        seen.append((request_type, name))
        if seen.count(("POST", "/sign-in")) >= 7 and len(seen) >= ENOUGH:
            enough.set()

    def end():
        enough.wait()
        environment.runner.quit()

    gevent.spawn(end)
"""
PAGES = {
    "/",
    "/api/v1/bots",
    "/api/v1/bots/[id]",
    "/api/v1/chats",
    "/api/v1/overview",
    "/api/v1/settings",
    "/bots/",
    "/bots/?q=",
    "/chats/",
    "/chats/[id]/live",
    "/chats/[id]/live/fragment",
    "/dashboard/fragment",
    "/events",
    "/events/counters",
    "/healthz",
    "/metrics",
    "/readyz",
    "/settings/",
    "/sign-in",
}


def run_locust(folder: Path, host: str, file: Path = LOCUSTFILE, **account: str) -> subprocess.CompletedProcess[str]:
    """Eight users until their file ends the run, or patience does; statistics are JSON on stdout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHORUS_", "LOCUST_"))}
    argv = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--host", host, "--json"]
    argv += ["--users", "8", "--spawn-rate", "8", "--run-time", f"{patience(60):.0f}s", "--stop-timeout", "5"]
    env = {**kept, **account, "PYTHONPATH": str(LOCUSTFILE.parent), "CHORUS_STREAM_S": f"{patience(3):.0f}"}
    return subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=patience(90), check=False)  # noqa: S603


def run_crowd(folder: Path, site: Site, requests: int) -> subprocess.CompletedProcess[str]:
    """Until seven users asked to be signed in and all together made `requests`."""
    file = folder / "crowd.py"
    file.write_text(CROWD, encoding="utf-8")
    account = {"CHORUS_USER": site.user, "CHORUS_PASSWORD": site.password}
    return run_locust(folder, site.url, file, ENOUGH_REQUESTS=str(requests), **account)


def count_requests(finished: subprocess.CompletedProcess[str]) -> Counter[str]:
    """Requests by name, of all methods, as locust printed them at its end."""
    counts: Counter[str] = Counter()
    for row in json.loads(finished.stdout[finished.stdout.index("[") :]):
        counts[row["name"]] += row["num_requests"]
    return counts


def test_every_task_of_every_load_user_succeeds(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "each_task_in_turn.py"
    file.write_text(EACH_TASK_IN_TURN, encoding="utf-8")
    finished = run_locust(tmp_path, site.url, file, CHORUS_USER=site.user, CHORUS_PASSWORD=site.password)
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    assert set(count_requests(finished)) == PAGES


def test_a_crowd_of_load_users_signs_in_and_meets_no_failure(site: Site, tmp_path: Path) -> None:
    finished = run_crowd(tmp_path, site, 60)
    assert finished.returncode == 0, finished.stderr[-3000:] + finished.stdout[-3000:]
    assert count_requests(finished)["/sign-in"] >= 2 * 7
    assert count_requests(finished).total() >= 60


def test_a_wrong_password_ends_the_run_with_a_failure_that_says_what_to_check(site: Site, tmp_path: Path) -> None:
    finished = run_crowd(tmp_path, Site(site.url, site.user, "not the password"), 1)
    assert finished.returncode == 1
    assert "check CHORUS_USER and CHORUS_PASSWORD" in finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("given", "missing"),
    [({}, "CHORUS_USER and CHORUS_PASSWORD"), ({"CHORUS_USER": "ada"}, "CHORUS_PASSWORD")],
)
def test_without_an_account_the_run_does_not_start_and_names_the_variable(
    tmp_path: Path, given: dict[str, str], missing: str
) -> None:
    finished = run_locust(tmp_path, "http://127.0.0.1:9", **given)
    assert finished.returncode != 0
    assert f"{missing} must be set" in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr
