"""The programs that install packages: uv, else pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from environment.pip_settings import uv_variables

OLDEST_UV = (0, 5)
"""The first one that knows `UV_DEFAULT_INDEX` and `UV_INDEX` for its pip commands."""
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
PIP_VARIABLES = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_RETRIES": "2", "PYTHONWARNINGS": "ignore"}
NO_PIP = "Neither uv nor pip can be had here: sudo apt-get install -y python3-venv (or install uv), then try again."


class SetupError(Exception):
    """The environment cannot be made; the text says what to do."""


class StepFailed(Exception):
    """A program ended with an error; the text is its last word."""


@dataclass(frozen=True)
class Program:
    """What installs packages into an environment: its name for people, its command, and variables of its own."""

    name: str
    argv: tuple[str | Path, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def install(self, words: Sequence[str | Path], log: Path) -> None:
        """Runs the command with further words; its output goes to the log. Raises StepFailed."""
        run([*self.argv, *words], log, self.env)


def run(argv: Sequence[str | Path], log: Path | None, env: Mapping[str, str] | None = None) -> None:
    """Runs a program without input, its output appended to a log. Raises StepFailed with the last line of it."""
    try:
        done = subprocess.run(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            env={**os.environ, **(env or {})},
        )
    except OSError as error:
        raise StepFailed(f"{argv[0]}: {error.strerror}") from None
    told = done.stdout.decode(errors="replace")
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(map(str, argv))}\n{told}")
    if done.returncode:
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        raise StepFailed(lines[-1][:300] if lines else f"status {done.returncode}")


def find_uv(venv: Path, *others: Path) -> Program | None:
    """The uv of this machine, the environment's own, or one of these others: the first that is new enough."""
    for place in (shutil.which("uv"), venv / "bin" / "uv", *others):
        version = _version(place) if place else None
        if place and version and tuple(map(int, version.split(".")[:2])) >= OLDEST_UV:
            return as_uv(Path(place), version, venv)
    return None


def as_uv(place: Path, version: str, venv: Path) -> Program:
    """The uv in `place`, told to install into `venv` and from where pip would."""
    words = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", venv / "bin" / "python")
    return Program(f"uv {version}", (place, *words), uv_variables(os.environ, venv))


def fetch_uv(pin: str, venv: Path, folder: Path, log: Path) -> Program:
    """Brings the uv of a lock's pin into `folder` by pip. Raises StepFailed, SetupError."""
    lock = folder / "uv.lock"
    lock.write_text(pin, encoding="utf-8")
    words = ("--target", folder, "--only-binary", ":all:", "--require-hashes", "-r", lock)
    run([_python_with_pip(venv, log), *PIP, *words], log, PIP_VARIABLES)
    place = folder / "bin" / "uv"
    version = _version(place)
    if version is None:
        raise StepFailed("the uv that pip brought does not run here")
    return as_uv(place, version, venv)


def as_pip(venv: Path, log: Path) -> Program:
    """The environment's own pip, put there if it is missing. Raises SetupError."""
    python = venv / "bin" / "python"
    try:
        run([python, "-m", "pip", "--version"], log)
    except StepFailed:
        _ensure_pip(python, log)
    return Program("pip", (python, *PIP, "--no-build-isolation", "--use-pep517"), PIP_VARIABLES)


def _python_with_pip(venv: Path, log: Path) -> Path:
    """This interpreter if it has a pip; else the environment's, which gets one."""
    if find_spec("pip") is not None:
        return Path(sys.executable)
    _ensure_pip(venv / "bin" / "python", log)
    return venv / "bin" / "python"


def _ensure_pip(python: Path, log: Path) -> None:
    try:
        run([python, "-m", "ensurepip", "--default-pip"], log)
    except StepFailed:
        raise SetupError(NO_PIP) from None


def _version(place: str | Path) -> str | None:
    """What `uv --version` says, as 0.13.9; None when it does not run, like the stand-in of pyenv."""
    try:
        done = subprocess.run([place, "--version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"uv (\d+\.\d+[.\w]*)", done.stdout)
    return found[1] if found and done.returncode == 0 else None
