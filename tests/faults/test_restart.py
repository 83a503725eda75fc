"""Stopping and starting the whole stack in the middle of a conversation."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from app.cli.demo.casting import make_cast
from app.cli.demo.stage import Stage, seed
from app.cli.stack.ports import find_free
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.sandbox.journal import read_journal
from app.sandbox.report.report import build_report
from tests.servers import wait_until

UNSETTLED = text("select count(*) from utterances where state in ('planned', 'generating', 'ready', 'sending')")


@contextmanager
def running_stack(var: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`chorus up` with both sandboxes, until the block ends."""
    argv = [sys.executable, "-m", "app.cli.main", "up", "--var", str(var), "--web-port", str(port), "--no-flower"]
    argv += ["--telegram-url", "sandbox", "--llm-url", "sandbox"]
    with (var.parent / "up.log").open("ab") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
    try:
        wait_until(lambda: process.poll() is not None or serves(port), within=90, what="the stack")
        assert process.poll() is None, (var.parent / "up.log").read_text()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(40)


def serves(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def settings_of(var: Path) -> Settings:
    keys = {name: (var / "keys" / name).read_text().strip() for name in ("database_url", "broker_url", "cache_url")}
    ports: dict[str, int] = json.loads((var / "ports.json").read_text())
    return Settings.from_env(
        **keys,
        secret_key=(var / "keys" / "secret_key").read_text().strip(),
        encryption_keys=(var / "keys" / "encryption_key").read_text().strip(),
        telegram_url=f"http://127.0.0.1:{ports['sandbox-telegram']}",
        rehearsal_url=f"http://127.0.0.1:{ports['sandbox-telegram-control']}",
    )


def count_unsettled(sessions: SessionFactory) -> int:
    with sessions() as session:
        return session.scalar(UNSETTLED) or 0


def journal(var: Path, name: str) -> list[dict[str, Any]]:
    return list(read_journal(var / "sandbox" / f"{name}.jsonl"))


def sent(var: Path) -> int:
    return sum(event["event"] == "call" and event.get("method") == "sendMessage" for event in journal(var, "telegram"))


@pytest.mark.stack
@pytest.mark.timeout(300)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_in_the_middle_repeats_nothing(tmp_path, ending):
    var, port = tmp_path / "var", find_free()
    cast = make_cast(6, 2)
    with running_stack(var, port) as process:
        settings = settings_of(var)
        sessions = create_session_factory(engine := create_db_engine(settings.database_url, pool_size=2))
        Stage(str(settings.rehearsal_url)).admit(cast)
        seed(settings, sessions, cast)
        wait_until(lambda: sent(var) >= 3, within=60, what="a conversation")
        engine.dispose()
        os.kill(process.pid, ending)
        process.wait(40)
    before = sent(var)
    with running_stack(var, port):
        settings = settings_of(var)
        sessions = create_session_factory(engine := create_db_engine(settings.database_url, pool_size=2))
        wait_until(lambda: sent(var) >= before + 2, within=90, what="the conversation to go on")
        with sessions.begin() as session:
            session.execute(text("update settings set value = '0' where key = 'speak_probability'"))
        wait_until(lambda: not count_unsettled(sessions), within=90, what="everything begun to end")
        engine.dispose()
    events = journal(var, "telegram")
    report = build_report(events, journal(var, "llm"), events[0]["t"], events[-1]["t"])
    assert report.said_twice == 0
    assert report.distinct_texts == report.bot_messages
