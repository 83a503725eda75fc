"""Silent ticks, and their compact form in the cache."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.behaviour.trace import OK, Step

MAX_BYTES = 2000
"""The most bytes of one tick: a longer one is stored without its steps."""


@dataclass(frozen=True, slots=True)
class SilentTick:
    """A tick that ended silent at an instant, for `reason`. Its steps are JSON values (`Step.as_json`)."""

    at: dt.datetime
    reason: str
    steps: Sequence[Mapping[str, Any]]


def silent_tick(at: dt.datetime, reason: str, trace: Iterable[Step]) -> SilentTick:
    """Returns the silent tick with this trace."""
    return SilentTick(at, reason, [step.as_json() for step in trace])


def pack_silence(tick: SilentTick) -> str:
    """Encodes the tick as short text: a step that passed without numbers is only its rule."""
    packed = _text(tick, [_short(step) for step in tick.steps])
    return packed if len(packed) <= MAX_BYTES else _text(tick, [])


def unpack_silence(packed: str | bytes) -> SilentTick | None:
    """Decodes what `pack_silence` encoded; None for anything else."""
    try:
        at, reason, steps = json.loads(packed)
        return SilentTick(dt.datetime.fromisoformat(at), str(reason), [_whole(step) for step in steps])
    except (ValueError, TypeError):
        return None


def _text(tick: SilentTick, steps: Sequence[object]) -> str:
    return json.dumps([tick.at.isoformat(timespec="seconds"), tick.reason, steps], separators=(",", ":"))


def _short(step: Mapping[str, Any]) -> object:
    return step["rule"] if step == {"rule": step["rule"], "verdict": OK} else step


def _whole(short: str | dict[str, Any]) -> dict[str, Any]:
    return {"rule": short, "verdict": OK} if isinstance(short, str) else dict(short)
