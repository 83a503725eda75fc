"""CPU seconds of real processes."""

from __future__ import annotations

import subprocess
import sys

import psutil

from bench.cpu import cpu_seconds

BURN = "import time\nwhile time.process_time() < 0.3: pass"
WITH_CHILD = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}]); print('done', flush=True); input()"
)


def test_what_a_child_used_that_has_ended_counts_for_its_parent() -> None:
    argv = [sys.executable, "-c", WITH_CHILD]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        assert cpu_seconds([psutil.Process(process.pid)]) >= 0.3
        process.communicate(b"\n")
