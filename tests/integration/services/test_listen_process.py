"""`chorus listen` as a process: it rests while another mode is on, and ends when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from tests.waiting import patience, wait_until

ROOT = Path(__file__).parents[3]


@pytest.mark.stack
def test_the_listener_rests_in_another_mode_and_ends_on_sigterm(
    committed_db: Engine, database_url: str, broker_url: str, redis_url: str, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "CACHE_URL": redis_url,
        "SECRET_KEY": "k" * 40,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "VAR_DIR": str(tmp_path / "var"),
        "TELEGRAM_API_ID": "7",
        "TELEGRAM_API_HASH": "h",
    }
    log = tmp_path / "listen.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli.main", "listen"], cwd=tmp_path, env=environment, stdout=out, stderr=out
        )
    try:
        wait_until(lambda: "update_mode" in log.read_text() or process.poll() is not None, within_s=30, what="a start")
        assert "active=false" in log.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(patience(10)) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()
