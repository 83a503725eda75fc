"""`make faults`: all faults, in random order, while people talk to the bots."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app.repositories.utterances.sql import read
from drills.evidence import keep_evidence
from drills.faults import RANDOM, Fault
from drills.judge import Verdict, judge, read_ledger
from drills.stack import DrillError, Stack, left_running, running_stack, wait_until

BOTS, CHATS = 24, 6
WARM_S = 5.0
REST_S = 120.0
PAUSE_S = (0.5, 3.0)
WAITING = read("""
    select (select count(*) from utterances where state {OPEN})
         + (select count(*) from mentions where status = 'pending' and expires_at > now()
               and not exists (select 1 from utterances u where u.mention_id = mentions.id and u.state = 'unknown'))
         + (select count(*) from inbox_updates where done_at is null)
""")

Progress = Callable[[str], None]


def run_random_drill(folder: Path, seconds: float, seed: int, tell: Progress) -> Verdict:
    """Injects faults for `seconds`, waits for open work to end, and judges. Raises DrillError if the stack gives up."""
    rng = random.Random(seed)
    with running_stack(folder) as stack:
        stack.create_fleet(BOTS, CHATS, {"budget_fleet_usd": 0})
        stack.send_people(mention_every=8.0, chatter_every=9.0)
        start = time.time()
        time.sleep(WARM_S)
        faults, cut_off = _inject(stack, time.monotonic() + seconds - WARM_S, rng, seconds, tell)
        stack.stop_people()
        drain(stack)
        events = stack.journal("telegram")
        verdict = judge(events, read_ledger(stack.sessions), start, faults, cut_off)
        keep_evidence(stack, events, verdict.pairs)
    return replace(verdict, processes_left=left_running(stack.var))


def drain(stack: Stack) -> None:
    """Stops new topics and waits until all open work has ended. Raises DrillError when it does not."""
    stack.set({"speak_probability": 0.0})

    def rests() -> bool:
        stack.check_alive()
        with stack.sessions() as session:
            return not session.scalar(WAITING)

    wait_until(rests, within=REST_S, what="everything begun to end")


def _inject(stack: Stack, until: float, rng: random.Random, seconds: float, tell: Progress) -> tuple[int, int]:
    """Injects every fault once before any repeats; returns their number, and the sends they may have interrupted."""
    faults, cut_off, waiting = 0, 0, list[Fault]()
    while time.monotonic() < until:
        waiting = waiting or rng.sample(RANDOM, len(RANDOM))
        fault = waiting.pop()
        lasts = min(fault.longest_s, seconds / 12, until - time.monotonic())
        stack.check_alive()
        began = time.monotonic()
        try:
            cut = fault.inject(stack, lasts)
        except DrillError as error:
            raise DrillError(f"{fault.name}: {error}") from None
        faults, cut_off = faults + 1, cut_off + cut
        tell(f"{fault.name}: {time.monotonic() - began:.1f} s" + (f", {cut} sends under way" if cut else ""))
        time.sleep(rng.uniform(*PAUSE_S))
    return faults, cut_off
