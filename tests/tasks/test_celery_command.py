"""`chorus celery` brings the installation's variables; Celery without them ends with a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from drills.redis_faults import refusing
from tests.waiting import patience

ROOT = Path(__file__).parents[2]


def run(folder: Path, *words: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a Python module in a folder, with nothing in its environment but `variables`."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), **variables}
    argv = [sys.executable, "-m", *words]
    return subprocess.run(  # noqa: S603
        argv, cwd=folder, env=env, input=typed, capture_output=True, text=True, timeout=patience(30), check=False
    )


def chorus(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return run(folder, "app.cli.main", "celery", *words, typed=typed)


@pytest.fixture
def installation(environment: dict[str, str], broker: redis.Redis, tmp_path: Path) -> Path:
    """A folder in which `chorus up` has left keys and addresses."""
    keys = tmp_path / "var" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    for name, file in {"ENCRYPTION_KEYS": "encryption_key"}.items():
        (keys / file).write_text(environment[name])
    for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY"):
        (keys / name.lower()).write_text(environment[name])
    return tmp_path


@pytest.mark.parametrize("app", ["tasks.celery", "tasks.flower"])
def test_celery_without_variables_says_what_to_run_instead(tmp_path: Path, app: str) -> None:
    done = run(tmp_path, "celery", "-A", app, "inspect", "active")
    assert done.returncode == 2
    assert "BROKER_URL: is missing" in done.stderr
    assert "chorus celery inspect active" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_chorus_celery_passes_everything_on(installation: Path, broker: redis.Redis) -> None:
    called = chorus(installation, "call", "chorus.sweep")
    assert called.returncode == 0, called.stderr
    assert broker.llen("maintenance") == 1

    refused = chorus(installation, "purge", typed="no\n")
    assert "Are you sure" in refused.stdout
    assert broker.llen("maintenance") == 1
    assert chorus(installation, "purge", "-f").returncode == 0
    assert broker.llen("maintenance") == 0

    alone = chorus(installation, "inspect", "--timeout", "0.1", "active")
    assert "No nodes replied" in alone.stdout + alone.stderr


def test_chorus_celery_says_in_a_line_that_the_broker_refuses(installation: Path, broker: redis.Redis) -> None:
    with refusing(broker, "READONLY"):
        done = chorus(installation, "inspect", "active")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "BROKER_URL" in done.stderr, done.stderr + done.stdout
