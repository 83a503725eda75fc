"""Starting of child processes: killed when the parent ends, and not as root where that is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from app.cli.stack.errors import StackError

OTHER_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
_ONLY_BELOW_PARENT = '[ "$PPID" = "$0" ] && exec "$@"'
_APPEND_TO_LOG = 'exec "$@" >>"$0" 2>&1'


def tether(argv: tuple[str, ...], death_signal: signal.Signals = signal.SIGKILL) -> tuple[str, ...]:
    """Wraps `argv` so that the kernel sends `death_signal` when this process ends, even by SIGKILL.

    The wrapper execs, so the pid stays the same. The shell covers the case that the parent dies before the request is
    in force (prctl(2), PR_SET_PDEATHSIG). Call it in the process that will spawn the child, and spawn from its main
    thread: the kernel watches the spawning thread. A change of user must come before the wrapper, because it clears the
    request. Raises StackError where util-linux is missing.
    """
    if shutil.which("setpriv") is None:
        raise StackError("setpriv is missing: install the package util-linux.")
    name = death_signal.name.removeprefix("SIG")
    shell = ("sh", "-c", _ONLY_BELOW_PARENT, str(os.getpid()))
    return ("setpriv", "--pdeathsig", name, "--", *shell, *argv)


def logged(argv: tuple[str, ...], log: Path) -> tuple[str, ...]:
    """Wraps `argv` so that its output is appended to `log`, opened as the caller's own user.

    The process writes the file itself: a stalled or killed supervisor neither blocks it nor loses its last lines.
    """
    return ("sh", "-c", _APPEND_TO_LOG, str(log), *argv)


def run_program(
    argv: tuple[str, ...], *, timeout: float, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a fixed program to its end, without stdin, and returns its output.

    A program that cannot be started or runs for more than `timeout` seconds gives return code 127.
    """
    try:
        return subprocess.run(  # noqa: S603 - callers pass fixed programs, never a shell line from outside
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=env,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(argv, 127, "", str(error))


def can_run_as_other_user(program: Path, folder: Path) -> bool:
    """Whether `program` can run in a user namespace here, with `folder` writable."""
    check = ("sh", "-c", '"$0" --version && test -w "$1"', str(program), str(folder))
    return run_program((*OTHER_USER, *check), timeout=10).returncode == 0
