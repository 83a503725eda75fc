"""What the bench tells when it cannot start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli.stack.errors import StackError
from bench import rig
from bench.rig import Rig, RigError, open_rig


def test_a_process_that_ends_at_its_start_leaves_its_last_words(tmp_path: Path) -> None:
    unused: Any = None
    bare = Rig(tmp_path, unused, unused, unused, unused, unused, {})
    script = "import sys; sys.exit('no such option')"
    with (
        pytest.raises(RigError, match="no such option"),
        bare._started("sandbox", (sys.executable, "-c", script), {}) as one,
    ):
        bare._wait_until(lambda: False, "sandbox", [one])


def test_a_process_ends_with_the_block(tmp_path: Path) -> None:
    unused: Any = None
    bare = Rig(tmp_path, unused, unused, unused, unused, unused, {})
    with bare._started("sandbox", (sys.executable, "-c", "input()", "-"), {}) as one:
        pass
    assert one.returncode is not None


def test_a_machine_without_postgres_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> Any:
        raise StackError("No PostgreSQL found: install it.")

    monkeypatch.setattr(rig, "running_postgres", refuse)
    with pytest.raises(RigError, match="install it"), open_rig():
        pass
