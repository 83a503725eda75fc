"""A running Telegram sandbox for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sandbox_telegram.harness import ManualClock, Sandbox, running_sandbox


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "telegram.jsonl"


@pytest.fixture
def sandbox(journal: Path) -> Iterator[Sandbox]:
    """A sandbox by a clock that stands still unless a test moves it."""
    with running_sandbox(journal, ManualClock()) as running:
        yield running
