"""SIGKILL of processes, with a count of the sends in flight at that moment."""

from __future__ import annotations

import signal
from contextlib import suppress

import psutil
from sqlalchemy import text

from drills.points.sitecustomize import AFTER_COMMIT, AFTER_SEND, BEFORE_SEND
from drills.stack import DrillError, Stack, wait_until

SENDER = "worker-io"
INTERRUPTS_SENDS = frozenset({SENDER, "postgres", "sandbox-telegram"})
POINTS = (BEFORE_SEND, AFTER_SEND, AFTER_COMMIT)
ARMED_S = 30.0
UNDER_WAY = text("select count(*) from utterances where state = 'sending'")


def kill(stack: Stack, name: str, signum: signal.Signals = signal.SIGKILL) -> int:
    """Kills a process of the stack and waits for its replacement; returns the sends that this may have interrupted.

    The sender is stopped during the count, so that it is exact at the moment of the kill.
    """
    victim = stack.find(name)
    cut_off = signal_and_count(stack, victim, signum) if name in INTERRUPTS_SENDS else 0
    if name not in INTERRUPTS_SENDS:
        victim.send_signal(signum)
    stack.wait_for_another(name, victim.pid)
    return cut_off


def kill_at(stack: Stack, point: str) -> int:
    """SIGKILLs the first process whose send reaches `point`; returns the sends in flight."""
    stack.armed.with_suffix(".new").write_text(point)
    stack.armed.with_suffix(".new").rename(stack.armed)
    try:
        wait_until(lambda: _find_frozen(stack) is not None, within=ARMED_S, what=f"a send that comes to {point}")
    finally:
        stack.armed.unlink(missing_ok=True)
    victim = _find_frozen(stack)
    if victim is None:
        raise DrillError(f"the process that came to {point} ended by itself")
    wait_until(lambda: victim.status() == psutil.STATUS_STOPPED, within=5, what="the frozen process")
    cut_off = count_under_way(stack)
    victim.kill()
    for file in stack.armed.parent.glob("frozen.*"):
        file.unlink()
    stack.wait_for_another(SENDER, victim.pid)
    return cut_off


def count_under_way(stack: Stack) -> int:
    """Counts sends that are claimed and have no outcome."""
    with stack.sessions() as session:
        return session.scalar(UNDER_WAY) or 0


def signal_and_count(stack: Stack, victim: psutil.Process, signum: signal.Signals) -> int:
    """Signals a process while the sender is stopped; returns the sends in flight at that moment."""
    sender = stack.children().get(SENDER)
    try:
        if sender is not None:
            sender.suspend()
        cut_off = count_under_way(stack)
        victim.send_signal(signum)
        return cut_off
    finally:
        if sender is not None:
            with suppress(psutil.NoSuchProcess):
                sender.resume()


def _find_frozen(stack: Stack) -> psutil.Process | None:
    for file in stack.armed.parent.glob("frozen.*"):
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(int(file.suffix[1:]))
    return None
