"""A running Telegram sandbox for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sandbox_telegram.harness import ManualClock, Sandbox, running_sandbox

BOT = 100001


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "telegram.jsonl"


@pytest.fixture
def sandbox(journal: Path) -> Iterator[Sandbox]:
    """A sandbox by a clock that stands still unless a test moves it."""
    with running_sandbox(journal, ManualClock()) as running:
        yield running


@pytest.fixture
def chat_id(sandbox: Sandbox) -> int:
    """A supergroup with one bot."""
    sandbox.add_bot(BOT)
    return sandbox.add_chat(BOT)
