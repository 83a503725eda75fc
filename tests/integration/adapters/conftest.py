"""Adapters against real Redis and real local HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.adapters.scripted import ScriptedServer, running_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as scripted:
        yield scripted
