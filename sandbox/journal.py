"""The sandbox's journal: an append-only JSONL file of all events.

Each line is one JSON object with `t` (unix seconds, wall clock, float) and `event`; the other fields belong to the
event. A line is one `write(2)` on an `O_APPEND` descriptor, so a `kill -9` of the process loses nothing written.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Appends events to a file. Thread-safe: a line is written by one system call."""

    def __init__(self, path: Path, *, mode: int = 0o644) -> None:
        """Opens (or creates, with permissions `mode` before the umask) the journal at `path`.

        Ends a last line that a crash left incomplete with a newline, so that the next event is a line of its own.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, mode)
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")

    def write(self, event: str, **fields: Any) -> None:
        """Appends one event. Raises OSError when the line could not be written completely."""
        line = _encode({"t": time.time(), "event": event, **fields})
        if os.write(self._fd, line) != len(line):
            raise OSError("journal: the line was written in part; is the disk full?")

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _encode(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    except UnicodeEncodeError:  # JSON can escape a lone surrogate, UTF-8 cannot encode it
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the events of a journal in order; none when the file does not exist.

    Skips incomplete lines, left by a crash (the last one, or one that was last before a restart).
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            record = _decode(line)
            if record is not None:
                yield record


def _decode(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
