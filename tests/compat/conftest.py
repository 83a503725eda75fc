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

from environment.programs import SetupError, StepFailed, as_pip, find_uv, run
from sandbox.telegram.server import Ports
from tests.integration.sandbox_telegram.harness import Sandbox
from tests.waiting import patience

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
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
        run([sys.executable, "-m", "venv", "--without-pip", building], None)
        log = building / "setup.log"
        program = find_uv(building, Path(sys.prefix) / "bin" / "uv") or as_pip(building, log)
        program.install(["--require-hashes", "-r", LOCK], log)
        with suppress(OSError):  # another test process was faster, and built the same
            os.rename(building, home)
    except (StepFailed, SetupError) as error:
        pytest.skip(f"python-telegram-bot and aiogram cannot be installed here: {error}")
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
