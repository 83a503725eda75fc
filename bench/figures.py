"""The figures of a bench with their limits and targets, as a table and as a file."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from app.cli.stack.launch import run_program

HEADINGS = ("row", "figure", "value", "limit", "ratio", "target", "verdict")
MISSED = "MISSED"


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a figure: `at least` or `at most` a number."""

    sense: Literal["at least", "at most"]
    number: float

    def is_met(self, value: float) -> bool:
        """Whether `value` meets the target; a figure without a sample (NaN) does not."""
        return value >= self.number if self.sense == "at least" else value <= self.number


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one row; `limit` is the maximum that the run allowed, in the same unit."""

    row: str
    name: str
    value: float
    limit: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """The value divided by the limit."""
        return self.value / self.limit if self.limit else None

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or an empty string for a figure without a target."""
        if self.target is None:
            return ""
        return "ok" if self.target.is_met(self.value) else MISSED

    def as_json(self) -> dict[str, Any]:
        """Returns the figure, JSON-ready; NaN and infinity are null."""
        target = asdict(self.target) if self.target else None
        return {
            "row": self.row,
            "figure": self.name,
            "value": _finite(self.value),
            "limit": self.limit,
            "ratio": _finite(self.ratio),
            "target": target,
            "verdict": self.verdict,
        }


def format_table(figures: Sequence[Figure]) -> str:
    """Formats one aligned line a figure, under headings."""
    lines = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(_align(line, widths) for line in lines)


def summarise(figures: Sequence[Figure]) -> str:
    """Returns one sentence: the number of targets, and the missed ones."""
    judged = [figure for figure in figures if figure.target]
    missed = [f"{figure.row}: {figure.name}" for figure in judged if figure.verdict == MISSED]
    if not missed:
        return f"All {len(judged)} targets met"
    return f"{len(missed)} of {len(judged)} targets missed: {'; '.join(missed)}"


def save(file: Path, bench: str, figures: Sequence[Figure], options: dict[str, Any]) -> None:
    """Writes the figures with the machine, the time and the options they belong to."""
    file.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "bench": bench,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": describe_machine(),
        "options": options,
        "figures": [figure.as_json() for figure in figures],
    }
    file.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def describe_machine() -> dict[str, Any]:
    """Returns cores, interpreter, load averages over 1, 5 and 15 minutes, and the measured commit."""
    commit = run_program(("git", "describe", "--always", "--dirty"), timeout=5)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "commit": commit.stdout.strip() or None,
    }


def _cells(figure: Figure) -> tuple[str, ...]:
    target = f"{figure.target.sense} {_number(figure.target.number)}" if figure.target else ""
    ratio = f"{figure.ratio:.3f}" if _finite(figure.ratio) is not None else ""
    return (
        figure.row,
        figure.name,
        _number(figure.value),
        "" if figure.limit is None else _number(figure.limit),
        ratio,
        target,
        figure.verdict,
    )


def _finite(value: float | None) -> float | None:
    return round(value, 4) if value is not None and math.isfinite(value) else None


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "never"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.3g}"


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
