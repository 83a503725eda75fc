"""Log files of supervised processes: readable by their owner only, rotated by size, quoted in error messages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
BACKUPS = 3


def open_log(file: Path) -> None:
    """Creates `file` if needed and makes it private to its owner."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)


def rotate_log(file: Path, max_bytes: int = MAX_BYTES) -> bool:
    """Rotates a log beyond `max_bytes` to `<file>.1` (and older ones on, 3 in all); returns True if it did.

    The process keeps its file, which is copied and truncated (as logrotate's `copytruncate` does): a line written
    between the two steps is lost.
    """
    if not file.exists() or file.stat().st_size < max_bytes:
        return False
    for number in range(BACKUPS - 1, 0, -1):
        if (older := _numbered(file, number)).exists():
            older.replace(_numbered(file, number + 1))
    shutil.copy(file, _numbered(file, 1))
    os.truncate(file, 0)
    return True


def last_lines(file: Path, count: int = 8) -> str:
    """Returns the last lines of a log, indented; empty when there is none."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - 8192))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-count:])


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
