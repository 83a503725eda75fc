"""Results of checks, rendered as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import click

Status = Literal["pass", "warn", "fail", "skipped"]
_COLORS = {"pass": "green", "warn": "yellow", "fail": "red", "skipped": "bright_black"}


@dataclass(frozen=True)
class Check:
    """One finding. `fix` says what to do about a failure or a warning; no field holds a secret."""

    name: str
    status: Status
    detail: str
    fix: str | None = None


def passed(name: str, detail: str) -> Check:
    """Returns a passed check."""
    return Check(name, "pass", detail)


def warned(name: str, detail: str, fix: str) -> Check:
    """Returns a warning: it works, but not as it should."""
    return Check(name, "warn", detail, fix)


def failed(name: str, detail: str, fix: str) -> Check:
    """Returns a failed check."""
    return Check(name, "fail", detail, fix)


def skipped(name: str, detail: str) -> Check:
    """Returns a skipped check: not possible, or nothing to check."""
    return Check(name, "skipped", detail)


def render_text(checks: Sequence[Check]) -> str:
    """Renders one line a check, its fix below it, and the totals."""
    lines = []
    for check in checks:
        lines.append(f"{click.style(f'{check.status:<8}', fg=_COLORS[check.status])}{check.name:<17} {check.detail}")
        if check.fix and check.status in ("warn", "fail"):
            lines.append(f"{'':<26}→ {check.fix}")
    counts = {status: sum(check.status == status for check in checks) for status in _COLORS}
    return "\n".join([*lines, "", ", ".join(f"{count} {status}" for status, count in counts.items())])


def render_json(checks: Sequence[Check]) -> str:
    """Renders an object with `ok` and the list of checks."""
    return json.dumps({"ok": is_healthy(checks), "checks": [asdict(check) for check in checks]}, indent=2)


def is_healthy(checks: Sequence[Check]) -> bool:
    """Whether nothing failed."""
    return not any(check.status == "fail" for check in checks)
