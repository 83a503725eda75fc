"""Checks of the machine and of the installation's folder; they need no settings."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from app.cli.doctor.report import Check, failed, passed, skipped, warned
from app.cli.stack.environment import is_configured
from app.cli.stack.errors import StackError
from app.cli.stack.postgres_programs import installed_bin
from app.cli.stack.redis import find_redis

OLDEST_PYTHON = (3, 11)


def check_python() -> Check:
    """Checks the interpreter's version."""
    found = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        return failed("python", found, "install Python 3.11 or 3.12 and make the environment again")
    return passed("python", found)


def check_programs() -> Iterator[Check]:
    """Checks the programs that `chorus up` starts besides Python."""
    if shutil.which("setpriv"):
        yield passed("util-linux", "setpriv is there")
    else:
        yield failed("util-linux", "setpriv is missing", "install the package util-linux")
    for name, variables, find in (
        ("postgres program", ("DATABASE_URL",), installed_bin),
        ("redis program", ("BROKER_URL", "CACHE_URL"), find_redis),
    ):
        if all(is_configured(variable) for variable in variables):
            yield skipped(name, f"not needed: {' and '.join(variables)} given")
            continue
        try:
            yield passed(name, str(find()))
        except StackError as error:
            yield failed(name, "not found", str(error))


def check_var(var: Path) -> Iterator[Check]:
    """Checks that other users can neither enter the installation's folder nor read its keys."""
    if not var.is_dir():
        yield skipped("var", f"{var} does not exist yet; `chorus up` makes it")
        return
    if _is_open(var):
        yield failed("var", f"{var} is open to other users", f"chmod 700 {var}")
    else:
        yield passed("var", f"{var}, closed to other users")
    keys = var / "keys"
    opened = sorted(file.name for file in keys.glob("*") if _is_open(file)) if keys.is_dir() else []
    if opened:
        yield failed("keys", f"other users may read {', '.join(opened)}", f"chmod 600 {keys}/*")
    elif keys.is_dir():
        yield passed("keys", f"{len(list(keys.glob('*')))} files, mode 0600")


def check_space(var: Path) -> Check:
    """Checks the free disk space for data and logs."""
    place = var if var.is_dir() else Path()
    free = shutil.disk_usage(place).free / 1024**3
    if free < 1:
        return warned("disk", f"{free:.1f} GB free", f"make room on the disk of {place.resolve()}, or use --var DIR")
    return passed("disk", f"{free:.0f} GB free")


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
