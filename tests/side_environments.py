"""Environments beside the project's own, for programs that cannot live in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from environment.programs import SetupError, StepFailed, as_pip, find_uv, run


def python_of(lock: Path, what: str) -> Path:
    """Returns the interpreter of the environment that holds `lock`, made at the first use and kept beside this one's.

    Skips the test where `what` it holds cannot be installed, as without a package index.
    """
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = Path(sys.prefix) / lock.parent.name / digest
    if not (home / "bin" / "python").exists():
        _install(home, lock, what)
    return home / "bin" / "python"


def _install(home: Path, lock: Path, what: str) -> None:
    """Builds aside and moves into place, so that an interrupted build is never taken for a whole one."""
    home.parent.mkdir(exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=home.parent, prefix="building-"))
    try:
        run([sys.executable, "-m", "venv", "--without-pip", building], None)
        log = building / "setup.log"
        program = find_uv(building, Path(sys.prefix) / "bin" / "uv") or as_pip(building, log)
        program.install(["--require-hashes", "-r", lock], log)
        with suppress(OSError):  # another test process was faster, and built the same
            os.rename(building, home)
    except (StepFailed, SetupError) as error:
        pytest.skip(f"{what} cannot be installed here: {error}")
    finally:
        shutil.rmtree(building, ignore_errors=True)
