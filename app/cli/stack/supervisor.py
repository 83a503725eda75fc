"""Runs a plan under circus, in the foreground: starts stage by stage, restarts dead processes, stops in order."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

from circus.arbiter import Arbiter
from circus.exc import ConflictError
from circus.watcher import Watcher
from tornado.ioloop import IOLoop

from app.cli.stack.console import Reporter
from app.cli.stack.environment import operator_value
from app.cli.stack.errors import StackError
from app.cli.stack.health import Health
from app.cli.stack.launch import logged, tether
from app.cli.stack.plan import ProcessSpec, StackPlan, Stage
from app.cli.stack.process_log import last_lines, open_log, rotate_log
from app.logs import PROCESS_NAME, make_formatter

RESTART_DELAY_S = 1.0
GIVE_UP_AFTER_DEATHS = 4
_LOOK_S = 0.1
_HEAL_LOOK_S = 1.0
_ROTATE_LOOK_S = 10.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def supervise(plan: StackPlan, on_ready: Callable[[], None], stop_event: threading.Event, reporter: Reporter) -> None:
    """Runs `plan` until `stop_event` is set or a stop signal comes; blocks, main thread only.

    `on_ready` is called in a thread once every stage is ready; if it runs for long it must watch `stop_event`.
    A dead process is restarted after about a second and reported to `reporter`. Everything is stopped, last stage
    first, before this returns or raises; a second signal kills at once. Raises StackError when a process does not
    become ready, and whatever a stage's `then` or `on_ready` raises.
    """
    asyncio.run(_Supervision(plan, stop_event, reporter).run(on_ready))


class _Supervision:
    def __init__(self, plan: StackPlan, stop_event: threading.Event, reporter: Reporter) -> None:
        self._plan = plan
        self._stop_event = stop_event
        self._reporter = reporter
        self._health = Health()
        self._stopping = False
        self._watchers: dict[str, Watcher] = {}
        self._supervisor_log = _log_circus_to(plan)

    async def run(self, on_ready: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        endpoint = f"inproc://chorus-{uuid4().hex}"
        arbiter = Arbiter([], endpoint, f"{endpoint}-events", check_delay=RESTART_DELAY_S, loop=IOLoop.current())
        arbiter.ctrl.sys_hdl.stop()
        for signum in _STOP_SIGNALS:
            loop.add_signal_handler(signum, self._on_signal)
        stopped = asyncio.create_task(asyncio.to_thread(self._stop_event.wait))
        await arbiter.start()
        try:
            await _first(stopped, self._start_and_serve(arbiter, on_ready))
        finally:
            self._stop_event.set()
            await stopped
            await self._stop(arbiter)
            for signum in _STOP_SIGNALS:
                loop.remove_signal_handler(signum)

    async def _start_and_serve(self, arbiter: Arbiter, on_ready: Callable[[], None]) -> None:
        for stage in self._plan.stages:
            await self._start_stage(arbiter, stage)
        upkeep = [asyncio.create_task(self._watch_health()), asyncio.create_task(self._rotate_logs())]
        try:
            await asyncio.to_thread(on_ready)
            await asyncio.gather(*upkeep)
        finally:
            for task in upkeep:
                task.cancel()

    async def _start_stage(self, arbiter: Arbiter, stage: Stage) -> None:
        self._reporter.begin(stage.title)
        for spec in stage.specs:
            watcher = self._add_watcher(arbiter, spec)
            await arbiter.start_watcher(watcher)
        await asyncio.gather(*(self._wait_ready(spec) for spec in stage.specs))
        if stage.then is not None:
            await asyncio.to_thread(stage.then)
        self._reporter.end()

    def _add_watcher(self, arbiter: Arbiter, spec: ProcessSpec) -> Watcher:
        log = self._plan.log_file(spec.name)
        open_log(log)
        argv = logged((*spec.prefix, *tether(spec.argv, spec.death_signal)), log)
        watcher = Watcher(
            spec.name,
            shlex.quote(argv[0]),
            args=list(argv[1:]),
            env={**os.environ, PROCESS_NAME: spec.name, **spec.env},
            singleton=True,
            stop_signal=spec.stop_signal,
            graceful_timeout=spec.graceful_timeout,
            close_child_stdin=True,
            hooks={"after_reap": (self._on_reap, True)},
            loop=arbiter.loop,
        )
        watcher.initialize(arbiter.evpub_socket, arbiter.sockets, arbiter)
        arbiter.watchers.append(watcher)
        self._watchers[spec.name] = watcher
        return watcher

    def _on_reap(self, watcher: Watcher, exit_code: int | None = None, **_: Any) -> None:
        if self._stopping:
            return
        if news := self._health.died(watcher.name, exit_code, time.monotonic()):
            self._reporter.bad(f"{news} · log: {self._plan.log_file(watcher.name)}")

    async def _wait_ready(self, spec: ProcessSpec) -> None:
        deadline = time.monotonic() + spec.ready_timeout
        while spec.wait_ready is not None and not await asyncio.to_thread(spec.wait_ready):
            if self._health.deaths(spec.name) >= GIVE_UP_AFTER_DEATHS:
                raise self._failure(spec, f"{spec.name} ended {GIVE_UP_AFTER_DEATHS} times instead of starting.")
            if time.monotonic() > deadline:
                raise self._failure(spec, f"{spec.name} was not ready after {spec.ready_timeout:g} s.")
            await asyncio.sleep(_LOOK_S)

    def _failure(self, spec: ProcessSpec, what: str) -> StackError:
        log = self._plan.log_file(spec.name)
        return StackError(f"{what} The end of {log}:\n{last_lines(log)}")

    async def _watch_health(self) -> None:
        specs = {spec.name: spec for spec in self._plan.specs}
        while True:
            await asyncio.sleep(_HEAL_LOOK_S)
            for name in self._health.troubled:
                probe = specs[name].wait_ready
                alive = bool(self._watchers[name].get_active_pids())
                ready = alive and (probe is None or await asyncio.to_thread(probe))
                if news := self._health.settled(name, time.monotonic(), ready=ready):
                    self._reporter.good(news)

    async def _rotate_logs(self) -> None:
        while True:
            for spec in self._plan.specs:
                await asyncio.to_thread(rotate_log, self._plan.log_file(spec.name))
            await asyncio.sleep(_ROTATE_LOOK_S)

    def _on_signal(self) -> None:
        if not self._stop_event.is_set():
            self._stop_event.set()
            return
        for spec in self._plan.specs:
            if (watcher := self._watchers.get(spec.name)) is not None:
                for pid in watcher.get_active_pids():
                    watcher.send_signal(pid, spec.death_signal)

    async def _stop(self, arbiter: Arbiter) -> None:
        self._stopping = True
        self._reporter.begin("Stopping")
        arbiter.ctrl.caller.stop()
        for stage in reversed(self._plan.stages):
            chosen = [self._watchers[spec.name] for spec in stage.specs if spec.name in self._watchers]
            await _when_free(partial(arbiter.stop_watchers, partial(_only, chosen)))
        await _when_free(arbiter.stop)
        await asyncio.sleep(0)
        self._supervisor_log.close()
        self._reporter.end("everything is stopped")


def _only(watchers: list[Watcher], reverse: bool) -> list[Watcher]:
    """Returns circus's filter for some watchers; it stops them at the same time, in no order."""
    return watchers[::-1] if reverse else watchers


async def _first(stopped: asyncio.Task[bool], work: Awaitable[None]) -> None:
    """Waits until `work` is done (its error is raised) or `stopped` is; then cancels `work`."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({stopped, task}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def _when_free(call: Callable[[], Awaitable[object]]) -> None:
    """Retries until circus is free: it runs one command at a time and refuses a second."""
    while True:
        try:
            await call()
        except ConflictError:
            await asyncio.sleep(_LOOK_S)
        else:
            return


def _log_circus_to(plan: StackPlan) -> logging.Handler:
    """Logs circus and its event loop to `supervisor.log` instead of the operator's terminal."""
    file = plan.log_file("supervisor")
    open_log(file)
    handler = logging.FileHandler(file)
    handler.setFormatter(make_formatter(operator_value("LOG_FORMAT") or "console", "supervisor"))
    for name in ("circus", "tornado", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    return handler
