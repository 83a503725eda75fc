"""The libraries' own environment, and a sandbox that runs as a process."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.telegram.server import Ports
from tests.integration.sandbox_telegram.harness import Sandbox
from tests.waiting import patience

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
INSTALL_S = 120
STOP_S = 10


@pytest.fixture(scope="session")
def clients_python() -> Path:
    """The interpreter of an environment that holds both libraries, made at the first use and kept beside this one's.

    They cannot live in the project's own: aiogram wants an older pydantic. Without a package index the tests are
    skipped.
    """
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = Path(sys.prefix) / "compat" / digest
    if not (home / "bin" / "python").exists():
        _install(home)
    return home / "bin" / "python"


def _install(home: Path) -> None:
    """Builds aside and moves into place, so that an interrupted build is never taken for a whole one."""
    home.parent.mkdir(exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=home.parent, prefix="building-"))
    try:
        python = building / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", building], check=True, timeout=INSTALL_S)  # noqa: S603
        pip = [
            python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
            "--require-hashes",
            "--no-deps",
        ]
        done = subprocess.run(  # noqa: S603
            [*pip, "-r", LOCK], capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"python-telegram-bot and aiogram cannot be installed here: {last}")
        with suppress(OSError):  # another test process was faster, and built the same
            os.rename(building, home)
    finally:
        shutil.rmtree(building, ignore_errors=True)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """`python -m sandbox telegram`, on free ports."""
    journal = tmp_path / "telegram.jsonl"
    command = [sys.executable, "-m", "sandbox", "telegram", "--port", "0", "--control-port", "0"]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--journal", journal], stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1]
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        running = Sandbox(Ports(ready["port"], ready["control_port"]), journal)
        yield running
        running.close()
    finally:
        process.terminate()
        process.wait(patience(STOP_S))
        if process.stdout is not None:
            process.stdout.close()
