"""Logs of supervised processes: they rotate under a writer that keeps its file open."""

from __future__ import annotations

import stat
from pathlib import Path

from app.cli.stack.process_log import BACKUPS, last_lines, open_log, rotate_log


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("short\n")
    assert not rotate_log(log, max_bytes=100)
    assert log.read_text() == "short\n"


def test_a_writer_goes_on_writing_to_the_emptied_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    open_log(log)
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 50 + b"\n")
        assert rotate_log(log, max_bytes=50)
        writer.write(b"after\n")
    assert log.read_text() == "after\n"
    assert (tmp_path / "web.log.1").read_text() == "x" * 50 + "\n"
    assert stat.S_IMODE((tmp_path / "web.log.1").stat().st_mode) == 0o600


def test_only_the_newest_backups_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for number in range(6):
        log.write_text(str(number))
        rotate_log(log, max_bytes=1)
    kept = {file.name: file.read_text() for file in tmp_path.glob("web.log.*")}
    assert kept == {"web.log.1": "5", "web.log.2": "4", "web.log.3": "3"}
    assert len(kept) == BACKUPS


def test_the_last_lines_are_quoted_whatever_bytes_they_hold(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_bytes(b"\n".join(str(n).encode() for n in range(100)) + b"\n\xff broken")
    assert last_lines(log, 2) == "    99\n    \N{REPLACEMENT CHARACTER} broken"


def test_a_missing_log_has_no_last_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log") == ""
