"""Rate limits from the `x-ratelimit-*` headers of a provider's answers.

https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
https://console.groq.com/docs/rate-limits#rate-limit-headers
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from app.domain.ports import Allowance

Kind = Literal["requests", "tokens"]
Window = Literal["minute", "day"]

COUNT = re.compile(r"[0-9]{1,15}", re.ASCII)
DURATION = re.compile(
    r"(?=.)(?:(\d{1,9}(?:\.\d+)?)d)?(?:(\d{1,9}(?:\.\d+)?)h)?(?:(\d{1,9}(?:\.\d+)?)m(?!s))?"
    r"(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?",
    re.ASCII,
)
UNITS_S = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def read_openai(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Returns the limits of requests and tokens per minute. Missing or unreadable ones are left out."""
    return _read(headers, (("requests", "minute"), ("tokens", "minute")))


def read_groq(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """Returns the limits of requests per day and tokens per minute. Missing or unreadable ones are left out."""
    return _read(headers, (("requests", "day"), ("tokens", "minute")))


def read_duration(text: str) -> float | None:
    """Parses `6m0s`, `120ms`, `2m59.56s`, `1h2m3s`, or a bare number of seconds, to seconds; None for anything else."""
    text = text.strip()
    found = DURATION.fullmatch(f"{text}s" if text[-1:].isdigit() else text)
    if found is None:
        return None
    return sum(float(part) * unit for part, unit in zip(found.groups(), UNITS_S, strict=True) if part)


def _read(headers: Mapping[str, str], limits: tuple[tuple[Kind, Window], ...]) -> tuple[Allowance, ...]:
    found = (_read_one(headers, kind, window) for kind, window in limits)
    return tuple(one for one in found if one is not None)


def _read_one(headers: Mapping[str, str], kind: Kind, window: Window) -> Allowance | None:
    limit = _count(headers.get(f"x-ratelimit-limit-{kind}"))
    remaining = _count(headers.get(f"x-ratelimit-remaining-{kind}"))
    reset_s = read_duration(headers.get(f"x-ratelimit-reset-{kind}") or "")
    if not limit or remaining is None or reset_s is None or remaining > limit:
        return None
    return Allowance(kind, window, limit, remaining, reset_s)


def _count(text: str | None) -> int | None:
    """Parses a whole number; None for anything else, such as -1 for "no limit"."""
    return int(text) if text and COUNT.fullmatch(text.strip()) else None
