"""Recovery after a fault: messages a minute before it, and in the second to fourth minute after it."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEFORE_S = 120.0
FROM_S, TO_S = 60.0, 240.0
"""The measured period after a fault: its second to fourth minute."""

SHARE, RATE = 0.95, 600.0
FIRST_S = 5.0
"""Seconds from the end of a broker's fault to the first answer to a person."""

BIN_S = 10.0


@dataclass(frozen=True)
class Injection:
    """A fault with its start and end (unix seconds)."""

    name: str
    began: float
    ended: float


@dataclass(frozen=True)
class Recovery:
    """Messages a minute around one fault, and the seconds from its end to the first answer to a person after it."""

    fault: str
    lasted_s: float
    before: float
    after: float
    first_answer_s: float | None = None

    @property
    def share(self) -> float:
        """The rate after the fault as a share of the rate before."""
        return self.after / self.before if self.before else 0.0

    def as_json(self) -> dict[str, Any]:
        """Returns the figures, JSON-ready."""
        return {**asdict(self), "share": round(self.share, 3)}

    def broken(self) -> list[str]:
        """Returns a message for each broken promise."""
        found = []
        if self.before < RATE:
            found.append(f"{self.fault}: {self.before:.0f} messages a minute before it, less than {RATE:.0f}")
        if self.share < SHARE:
            found.append(f"{self.fault}: {self.share:.1%} of the rate came back, less than {SHARE:.0%}")
        if self.fault.startswith("broker ") and (self.first_answer_s is None or self.first_answer_s > FIRST_S):
            told = "never came" if self.first_answer_s is None else f"came {self.first_answer_s:.1f} s after it"
            found.append(f"{self.fault}: the first answer {told}, not within {FIRST_S:g} s")
        return found


def measure(injections: Sequence[Injection], sent: Sequence[float], answers: Sequence[float]) -> list[Recovery]:
    """Returns one recovery an injection, from the times (unix seconds, ascending) at which messages were accepted.

    `answers` are the times of those that answer a person.
    """
    return [
        Recovery(
            fault=injection.name,
            lasted_s=round(injection.ended - injection.began, 1),
            before=round(rate(sent, injection.began - BEFORE_S, injection.began), 1),
            after=round(rate(sent, injection.ended + FROM_S, injection.ended + TO_S), 1),
            first_answer_s=_first_after(answers, injection.ended),
        )
        for injection in injections
    ]


def _first_after(times: Sequence[float], moment: float) -> float | None:
    place = bisect.bisect(times, moment)
    return round(times[place] - moment, 1) if place < len(times) else None


def rate(sent: Sequence[float], start: float, end: float) -> float:
    """Returns the messages a minute between two times."""
    return (bisect.bisect(sent, end) - bisect.bisect(sent, start)) / (end - start) * 60


def format_recoveries(recoveries: Sequence[Recovery]) -> str:
    """Formats one line a fault, under headings."""
    lines = [f"{'fault':38} {'lasted s':>8} {'before /min':>11} {'after /min':>10} {'share':>7} {'answer s':>8}"]
    lines += [
        f"{one.fault:38} {one.lasted_s:8.1f} {one.before:11.0f} {one.after:10.0f} {one.share:7.1%}"
        f" {'-' if one.first_answer_s is None else f'{one.first_answer_s:.1f}':>8}"
        for one in recoveries
    ]
    return "\n".join(lines)


def plot(file: Path, injections: Sequence[Injection], sent: Sequence[float]) -> None:
    """Plots messages a minute over the run, with every fault marked, as SVG."""
    import matplotlib as mpl  # noqa: PLC0415  (only a soak needs it)

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    start, end = sent[0], sent[-1]
    edges = [start + BIN_S * number for number in range(int((end - start) / BIN_S) + 1)]
    rates = [rate(sent, edge, edge + BIN_S) for edge in edges[:-1]]
    figure, axes = plt.subplots(figsize=(12, 4.5), layout="constrained")
    axes.plot([(edge - start) / 60 for edge in edges[:-1]], rates, linewidth=0.9, color="#2563eb")
    for injection in injections:
        axes.axvspan((injection.began - start) / 60, (injection.ended - start) / 60 + 0.05, color="#dc2626", alpha=0.25)
        axes.annotate(
            injection.name, ((injection.began - start) / 60, 0.02), xycoords=("data", "axes fraction"), rotation=90,
            fontsize=8, ha="right", va="bottom",
        )  # fmt: skip
    axes.set(xlabel="minutes", ylabel="messages a minute", ylim=(0, None), title="Recovery after single faults")
    axes.axhline(RATE, color="#6b7280", linewidth=0.8, linestyle="--")
    figure.savefig(file)
    plt.close(figure)
