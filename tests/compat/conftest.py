"""The libraries' own environment, and a sandbox that runs as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.telegram.server import Ports
from tests.integration.sandbox_telegram.harness import Sandbox
from tests.side_environments import python_of
from tests.waiting import patience

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
STOP_S = 10


@pytest.fixture(scope="session")
def clients_python() -> Path:
    """The interpreter of an environment that holds both libraries.

    They cannot live in the project's own: aiogram wants an older pydantic.
    """
    return python_of(LOCK, "python-telegram-bot and aiogram")


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
