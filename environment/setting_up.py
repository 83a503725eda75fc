"""The steps: the environment, the installer, the lock's packages, the project itself, and a note of the time taken."""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from environment.programs import Program, SetupError, StepFailed, as_pip, fetch_uv, find_uv, run

VENV = ".venv"
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
STAMPS = {"run": ".ready", "dev": ".ready-dev"}
RECORD = ".setup.json"
LOG = "setup.log"
UV_LOCK = "requirements-dev.lock"
BUILDER = "setuptools"
UV_PACKAGES_A_S, PIP_PACKAGES_A_S = 8, 1
"""Slow machines and lines; most are faster."""
PIN = r"^{name}==[^\\]+\\\n(?:    --hash=\S+(?: \\)?\n)+"
DOORS = (
    (
        *("app.cli.demo.command", "app.cli.up", "app.web", "groq", "sandbox.__main__", "httpcore", "httpcore2", "h11"),
        *(
            "app.cli.ingest.poll",
            "app.cli.migrate",
            "app.services.schedule.dispatch",
            "gunicorn.app.wsgiapp",
            "tenacity",
        ),
    ),
    (
        *(
            "celery.bin.celery",
            "celery.apps.worker",
            "celery.worker.consumer",
            "celery.worker.components",
            "celery.app.log",
        ),
        *(
            "celery.apps.beat",
            "celery.concurrency.thread",
            "redbeat.schedulers",
            "kombu.transport.redis",
            "flower.command",
        ),
        *("gunicorn.arbiter", "gunicorn.workers.gthread", "openai.resources.chat.completions.completions"),
    ),
)
"""Modules that bring what the processes import, in two parts of like size."""
IMPORT = """
import sys, importlib
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception:
        continue
"""
UNREACHABLE = re.compile(
    "connection broken|NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|dns error|error sending request"
    "|Connection refused|Network is unreachable|ProxyError"
)
HELP = """\
The packages could not be installed: {reason}
A network is needed, or an index of packages near by, which pip's settings name (pip config set global.index-url URL, or
PIP_INDEX_URL=URL). Then run make again. The whole output is in {log}."""


def set_up(root: Path, level: str) -> None:
    """Makes `.venv` below `root` if it is missing, and installs a lock and the project. Raises SetupError."""
    began = time.monotonic()
    venv, lock = root / VENV, root / LOCKS[level]
    _make(venv)
    log = venv / LOG
    log.write_text("", encoding="utf-8")
    count = len(re.findall(r"^\S+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    with tempfile.TemporaryDirectory(dir=venv, prefix="fetched-") as folder:
        program = find_uv(venv) or _fetch(root, venv, Path(folder), log)
        by = _install(program, venv, lock, count, Path(folder), log)
    if level == "run":
        _compile(venv, log)
    _note(venv / RECORD, level, {"seconds": round(time.monotonic() - began, 1), "packages": count, "by": by})
    (venv / STAMPS[level]).touch()


def pick(lock: Path, name: str) -> str:
    """One package's lines of a lock. Raises SetupError when it is not in there."""
    found = re.search(PIN.format(name=re.escape(name)), lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SetupError(f"{lock.name} does not pin {name}: run `make lock`")
    return found[0]


def _make(venv: Path) -> None:
    """Makes the environment, anew when its interpreter is gone. Pip is left out: it takes longer than all the rest."""
    if (venv / "bin" / "python").exists():
        return
    try:
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", venv], None)
    except StepFailed as error:
        raise SetupError(f"{venv} cannot be made: {error} (sudo apt-get install -y python3-venv?)") from None


def _fetch(root: Path, venv: Path, folder: Path, log: Path) -> Program:
    """Uv by pip, for this set-up only; pip itself where that fails."""
    try:
        with told("Fetching uv, which installs packages quickly"):
            return fetch_uv(pick(root / UV_LOCK, "uv"), venv, folder, log)
    except StepFailed as error:
        if _unreachable(log):
            raise SetupError(help_with(error, log)) from None
        return as_pip(venv, log)


def help_with(error: StepFailed, log: Path) -> str:
    """What an operator can do about packages that could not be installed, and why they could not."""
    reason = f"no index of packages can be reached ({error})" if _unreachable(log) else str(error)
    return HELP.format(reason=reason, log=log)


def _unreachable(log: Path) -> bool:
    return UNREACHABLE.search(log.read_text(encoding="utf-8")) is not None


def _install(program: Program, venv: Path, lock: Path, count: int, folder: Path, log: Path) -> str:
    """Installs with the first program that can; returns its name. Raises SetupError."""
    last = StepFailed("nothing can install packages")
    for each in _ways(program, venv, log):
        try:
            _install_with(each, lock, count, folder, log)
            return each.name
        except StepFailed as error:
            last = error
    raise SetupError(help_with(last, log))


def _ways(program: Program, venv: Path, log: Path) -> Iterator[Program]:
    """A program; after uv also its cache when no index answers, and pip, which may know a way that uv does not."""
    yield program
    if program.name == "pip":
        return
    if _unreachable(log):
        yield replace(program, name=f"{program.name} out of its cache", env={**program.env, "UV_OFFLINE": "1"})
    yield as_pip(venv, log)


def _install_with(program: Program, lock: Path, count: int, folder: Path, log: Path) -> None:
    """What builds packages first: one of the lock comes as source, and its build must not fetch anything unpinned."""
    pace = PIP_PACKAGES_A_S if program.name == "pip" else UV_PACKAGES_A_S
    builder = folder / "build.lock"
    builder.write_text(pick(lock, BUILDER), encoding="utf-8")
    with told(f"Installing {count} packages with {program.name} (about {max(5, round(count / pace, -1)):.0f} s)"):
        program.install(["--require-hashes", "-r", builder], log)
        program.install(["--require-hashes", "-r", lock], log)
        program.install(["-e", lock.parent], log)


def _compile(venv: Path, log: Path) -> None:
    """Keeps the bytecode of what runs: else each of the first processes compiles it, all of them at the same time.

    Only of what is imported: all of it would take a third more of the disk, and longer.
    """
    python = venv / "bin" / "python"
    with told("Compiling what runs"), suppress(StepFailed), ThreadPoolExecutor() as pool:
        list(pool.map(lambda doors: run([python, "-c", IMPORT, *doors], log, {"PYTHONDONTWRITEBYTECODE": ""}), DOORS))


@contextmanager
def told(step: str) -> Iterator[None]:
    """One line on stderr for a slow step: what it is, then how long it took or that it failed."""
    began = time.monotonic()
    sys.stderr.write(f"{step} … ")
    sys.stderr.flush()
    outcome = "failed after "
    try:
        yield
        outcome = ""
    finally:
        sys.stderr.write(f"{outcome}{time.monotonic() - began:.1f} s\n")


def _note(record: Path, level: str, facts: dict[str, object]) -> None:
    """Keeps how long the making took; a later refreshing of the same environment does not replace it."""
    known: dict[str, object] = {}
    with suppress(OSError, ValueError):
        known = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({level: facts, **known}) + "\n", encoding="utf-8")
