"""What a command logs: in the form of all lines, on stderr, beside what it tells its user."""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

from app.cli.stack.environment import find_var, operator_value
from app.logs import bind, configure_logging
from app.logs.redaction import clean, clean_lines
from app.logs.rendering import MARGIN, stamp

NAMES = {"poll": "poller", "listen": "listener", "migrate": "migrate"}
"""Commands that run on their own, by the name of their process; they tell everything, the others what went wrong."""


def log_command(command: str | None) -> None:
    """Sets logs up for a command, whose name every line carries. Nothing of the environment is checked here."""
    level = "INFO" if command in NAMES else "WARNING"
    configure_logging(level, operator_value("LOG_FORMAT") or "console", process=NAMES.get(command or "", "chorus"))
    bind(command=command)


def keep_traceback() -> Path:
    """Append the current traceback to the installation's log, or to a file of its own when there is none."""
    folder = find_var(None) / "log"
    file = folder / "chorus.log" if folder.is_dir() else Path(tempfile.mkdtemp(prefix="chorus-")) / "chorus.log"
    file.touch(mode=0o600)
    lines = clean_lines(traceback.format_exc().rstrip()).split("\n")
    now = stamp(None, "", {})["timestamp"]
    with file.open("a", encoding="utf-8") as log:
        log.write(f"{now} error chorus command_crashed detail={clean(' '.join(sys.argv))!r}\n")
        log.writelines(f"{MARGIN}{line}\n" for line in lines)
    return file
