"""One run of the LLM lanes: many planned prompts, real workers, and the sandbox's journal of their requests."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from app.adapters.clock import SystemClock
from app.cli.stack.ports import find_free
from app.db import create_session_factory
from app.domain.lanes.lane import MOST_IN_FLIGHT
from app.repositories.lanes import lanes
from app.services.lanes.generation import INTERACTIVE
from bench import crowd
from bench.cpu import Sample, cpu_seconds
from bench.journal import Request, Window, read_requests
from bench.rig import Rig
from sandbox.journal import read_journal

AMPLE_TOKENS = 10_000_000
LOOK_S = 1.0
GRACE_S = 15.0
SEED = 7


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a run. Latencies in seconds, limits a minute. It ends when the ambient prompts are written, or
    after `minutes`. Once `settled_s` have passed an answer to a person is planned each `answers_every_s` in the mean.
    """

    prompts: int = 3000
    minutes: float = 10.0
    workers: int = 1
    batch_size: int = 20
    requests: int = 30
    tokens: int = AMPLE_TOKENS
    limit: Literal["refill", "sliding"] = "refill"
    token_latency: float = 0.004
    answers_every_s: float | None = None
    settled_s: float = 15.0

    @property
    def sandbox_options(self) -> tuple[str, ...]:
        """Returns the sandbox's command line; a refilling bucket starts empty."""
        limits = ("--rpm", str(self.requests), "--tpm", str(self.tokens), "--limit", self.limit)
        empty = ("--start-empty",) if self.limit == "refill" else ()
        return (*limits, *empty, "--token-latency", str(self.token_latency))

    def answer_moments(self) -> list[float]:
        """Returns the seconds from the start at which people ask: independent of each other and of the lane's timing.

        Equal in every run of the same length.
        """
        moments: list[float] = []
        if self.answers_every_s:
            rng, at = random.Random(SEED), self.settled_s
            while (at := at + rng.expovariate(1 / self.answers_every_s)) < self.minutes * 60:
                moments.append(at)
        return moments

    def worker_variables(self, port: int) -> dict[str, str]:
        """Returns the workers' environment for the provider."""
        return {
            "LLM_URL": f"http://127.0.0.1:{port}/v1",
            "LLM_MAX_IN_FLIGHT": str(MOST_IN_FLIGHT),
            "LLM_RPM": str(self.requests),
            "LLM_TPM": str(self.tokens),
            "LLM_BATCH_SIZE": str(self.batch_size),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """The results of a run. `planned` holds the answers to people (name in journals: unix seconds); `discarded` counts
    prompts of any kind that ended without a text, `rewritten` those retried after their first draft was refused.
    """

    conditions: Conditions
    window: Window
    requests: list[Request]
    planned: dict[str, float]
    cpu: list[Sample]
    discarded: int = 0
    rewritten: int = 0


def carry_out(rig: Rig, given: Conditions, journal: Path) -> Run:
    """Carries out one run from empty tables, an empty Redis and a provider without earlier requests.

    The sandbox's journal is written to `journal`, which is overwritten.
    """
    port = find_free()
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    rig.empty()
    crowd.seed_prompts(rig.engine, given.prompts, spare_bots=len(given.answer_moments()))
    with ExitStack() as stack:
        workers = stack.enter_context(rig.workers(given.workers, given.worker_variables(port)))
        stack.enter_context(rig.llm_sandbox(port, journal.absolute(), given.sandbox_options))
        driver = Driver(rig, given, workers)
        started = time.time()
        driver.drive()
        window = Window(started, time.time())
        crowd.wait_until_written(rig.engine, "interactive", GRACE_S)
    requests = read_requests(read_journal(journal))
    ends = crowd.count_discarded(rig.engine), crowd.count_rewritten(rig.engine)
    return Run(given, window, requests, driver.planned, driver.cpu, *ends)


@dataclass(frozen=True, slots=True)
class Driver:
    """Replaces beat: each second it nudges the lanes with waiting prompts, as the sweeper does."""

    rig: Rig
    given: Conditions
    workers: Sequence[psutil.Process]
    planned: dict[str, float] = field(default_factory=dict)
    cpu: list[Sample] = field(default_factory=list)

    def drive(self) -> None:
        """Runs until the ambient prompts are written, or the time is up."""
        begun = next_look = time.monotonic()
        answers = deque(begun + at for at in self.given.answer_moments())
        while (now := time.monotonic()) < begun + self.given.minutes * 60:
            if now >= next_look:
                next_look += LOOK_S
                if self._look() == 0:
                    return
            if answers and now >= answers[0]:
                answers.popleft()
                self._plan_answer()
            next_step = min(next_look, answers[0] if answers else math.inf)
            time.sleep(max(0.0, next_step - time.monotonic()))

    def _look(self) -> int:
        left = crowd.count_unwritten(self.rig.engine, "ambient")
        self.cpu.append(Sample(cpu_seconds(self.workers), cpu_seconds(self.rig.servers), left))
        with create_session_factory(self.rig.engine)() as session:
            waiting = lanes.waiting_lanes(session, SystemClock().now())
        for lane in waiting:
            self.rig.queue.nudge_generation(lane)
        return left

    def _plan_answer(self) -> None:
        """Plans an answer and nudges its lane, as a tick does."""
        name, at = crowd.plan_answer(self.rig.engine)
        self.planned[name] = at
        self.rig.queue.nudge_generation(INTERACTIVE)
