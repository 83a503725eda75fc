"""Logging of commands: the common log format, on stderr, apart from the command's output."""

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
"""Process names of commands that run on their own; they log from INFO on, other commands from WARNING on."""


def log_command(command: str | None) -> None:
    """Configures logging for a command and binds its name to every line. Does not validate the environment."""
    level = "INFO" if command in NAMES else "WARNING"
    configure_logging(level, operator_value("LOG_FORMAT") or "console", process=NAMES.get(command or "", "chorus"))
    bind(command=command)


def keep_traceback() -> Path:
    """Appends the current traceback to the installation's log, or to a file of its own when there is none."""
    folder = find_var(None) / "log"
    file = folder / "chorus.log" if folder.is_dir() else Path(tempfile.mkdtemp(prefix="chorus-")) / "chorus.log"
    file.touch(mode=0o600)
    lines = clean_lines(traceback.format_exc().rstrip()).split("\n")
    now = stamp(None, "", {})["timestamp"]
    with file.open("a", encoding="utf-8") as log:
        log.write(f"{now} error chorus command_crashed detail={clean(' '.join(sys.argv))!r}\n")
        log.writelines(f"{MARGIN}{line}\n" for line in lines)
    return file
