"""The poller against a Bot API server of ours, with short pauses."""

from __future__ import annotations

import pytest

from app.adapters.telegram import updates
from app.domain.ingest import pacing
from tests.integration.adapters.poller.server import Feed, Recorder


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(updates, "BACKOFF_S", (0.02, 0.04, 0.08))
    monkeypatch.setattr(pacing, "PAUSES_S", (0.01, 0.02))


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
def recorder():
    return Recorder()
