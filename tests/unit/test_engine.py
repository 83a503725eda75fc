"""The engine's version follows the source of everything that decides, and nothing else."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

from app.services.traces.engine import ENTRY, engine_version, modules_of


def output_of(code: str) -> str:
    """What a fresh process with other hashes prints."""
    env = {**os.environ, "PYTHONHASHSEED": "77"}
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout  # noqa: S603


def test_it_covers_the_rules_and_what_they_need_but_not_their_users():
    modules = modules_of(ENTRY)
    assert {ENTRY, "app.domain.behaviour.eligibility", "app.domain.conversation.views", "app.domain.settings"} <= set(
        modules
    )
    assert not any(name.startswith(("app.services", "app.web", "app.repositories")) for name in modules)
    assert "app.domain.traces.tick_record" not in modules


def test_every_module_that_decide_loads_counts():
    code = f"import sys, {ENTRY}; print(*(m for m in sys.modules if m.startswith('app.domain.')))"
    loaded = output_of(code).split()
    packages = {name for name in loaded if hasattr(importlib.import_module(name), "__path__")}
    assert set(loaded) - packages <= set(modules_of(ENTRY))


def test_it_is_the_same_in_another_process():
    code = "from app.services.traces.engine import engine_version; print(engine_version())"
    assert output_of(code).strip() == engine_version()


def test_threads_that_ask_at_once_get_the_same_version():
    """Python 3.11 raises SystemError when two threads parse at the same time."""
    asked = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from app.services.traces.engine import engine_version\n"
        "with Pool(8) as pool:\n"
        "    print(*{one.result() for one in [pool.submit(engine_version) for _ in range(8)]})\n"
    )
    assert output_of(asked).strip() == engine_version()
