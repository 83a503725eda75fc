"""`make soak`: an hour of 200 bots. First a period without faults, then one fault after another, each with recovery."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drills.evidence import keep_evidence
from drills.faults import Fault
from drills.judge import Verdict, judge, read_ledger
from drills.random_drill import drain
from drills.recovery import BEFORE_S, TO_S, Injection, Recovery, measure
from drills.stack import Stack, left_running, running_stack
from sandbox.report.telegram_facts import read_telegram_facts

BOTS, CHATS = 200, 100
WARM_S = 60.0
MARGIN_S = 5.0
MOST_429 = 0.001
CALM = {
    "tick_interval_s": 20.0,
    "speak_probability": 0.5,
    "typing_max_s": 1.0,
    "budget_fleet_usd": 0,
    "digest_interval_s": 0,
}
MENTION_EVERY_S = 9.0
"""Interval per chat. People's mentions, 660 a minute and all answered, set the message rate, not machine load."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Soak:
    """The figures of a soak. `quiet_429` is the share of sends that Telegram refused while there was no fault."""

    verdict: Verdict
    recoveries: Sequence[Recovery]
    injections: Sequence[Injection]
    sent: Sequence[float]
    quiet_sends: int
    quiet_429: float

    def as_json(self) -> dict[str, Any]:
        """Returns the figures, JSON-ready."""
        recoveries = [one.as_json() for one in self.recoveries]
        quiet = {"quiet_sends": self.quiet_sends, "quiet_429_share": round(self.quiet_429, 5)}
        return {**self.verdict.as_json(), **quiet, "recoveries": recoveries}

    def broken(self) -> list[str]:
        """Returns a message for each broken promise."""
        found = [*self.verdict.broken(), *(words for one in self.recoveries for words in one.broken())]
        if self.quiet_429 >= MOST_429:
            found.append(f"Telegram refused {self.quiet_429:.2%} of the sends while nothing was hurt")
        return found


def run_soak(folder: Path, seconds: float, bots: int, faults: Sequence[Fault], tell: Progress) -> Soak:
    """Runs for about `seconds`; the time not needed by faults and recoveries is the period without faults.

    Raises DrillError when the stack gives up.
    """
    quiet_s = max(BEFORE_S, seconds - WARM_S - sum(fault.longest_s + TO_S + MARGIN_S for fault in faults))
    with running_stack(folder, rpm=600) as stack:
        stack.create_fleet(bots, max(1, bots * CHATS // BOTS), CALM)
        stack.send_people(mention_every=MENTION_EVERY_S, chatter_every=0.0)
        start = time.time()
        time.sleep(WARM_S)
        tell(f"quiet for {quiet_s:.0f} s")
        _wait(stack, quiet_s)
        quiet_end = time.time()
        injections, cut_off = _inject(stack, faults, tell)
        stack.stop_people()
        drain(stack)
        events = stack.journal("telegram")
        verdict = judge(events, read_ledger(stack.sessions), start, len(injections), cut_off)
        keep_evidence(stack, events, verdict.pairs)
    calls = [event for event in events if event["event"] == "call" and event.get("method") == "sendMessage"]
    sent = sorted(event["t"] for event in calls if event.get("accepted"))
    facts = read_telegram_facts(events)
    people = {(one.chat_id, one.id) for one in facts.people}
    answers = sorted(one.t for one in facts.sent if (one.chat_id, one.reply_to) in people)
    quiet = [event for event in calls if start <= event["t"] <= quiet_end]
    return Soak(
        verdict=replace(verdict, processes_left=left_running(stack.var)),
        recoveries=measure(injections, sent, answers),
        injections=injections,
        sent=sent,
        quiet_sends=len(quiet),
        quiet_429=sum(event.get("status") == 429 for event in quiet) / max(1, len(quiet)),
    )


def _inject(stack: Stack, faults: Sequence[Fault], tell: Progress) -> tuple[list[Injection], int]:
    injections, cut_off = [], 0
    for fault in faults:
        began = time.time()
        cut_off += fault.inject(stack, fault.longest_s)
        injections.append(Injection(fault.name, began, time.time()))
        tell(f"{fault.name}: {injections[-1].ended - began:.1f} s")
        _wait(stack, TO_S + MARGIN_S)
    return injections, cut_off


def _wait(stack: Stack, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        stack.check_alive()
        time.sleep(min(1.0, left))
