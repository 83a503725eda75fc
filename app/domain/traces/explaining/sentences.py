"""Sentences for the steps of a decision. A rule without wording is shown by its code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.behaviour.trace import OK
from app.domain.traces.explaining.formats import Wording, name_of, number, tidy
from app.domain.traces.explaining.words import NAMED_SCORES, SCORED, WORDS, Sentences

IDENTIFIED = re.compile(r"(?:chat|message|mention)_\d+")
"""Names of numbers that are the score of a chat, message or mention."""

Step = Mapping[str, Any]
"""A step as stored: rule, verdict, and optional numbers and scores."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A step in words; `passed` unless it stopped the tick, `scores` of the candidates, the best first."""

    rule: str
    verdict: str
    text: str
    passed: bool
    scores: tuple[tuple[str, float], ...] = ()


def explain_steps(steps: Sequence[Step], names: Mapping[str, str], silent: bool = False) -> list[Explained]:
    """Explains each step. `names` maps keys such as `chat_10` and `message_34` to names.

    The last step of a `silent` tick is the one that stopped it.
    """
    explained = [explain_step(step, names) for step in steps]
    if silent and explained:
        explained[-1] = replace(explained[-1], passed=False)
    return explained


def explain_step(step: Step, names: Mapping[str, str]) -> Explained:
    """Explains one step, as a passed one."""
    rule, verdict = str(step.get("rule", "")), str(step.get("verdict", ""))
    numbers, scores = _part(rule, step)
    best = sorted(((name_of(key, names), value) for key, value in scores.items()), key=lambda pair: -pair[1])
    text = _fill(rule, verdict, numbers, names) or _plainly(rule, verdict, numbers)
    return Explained(rule, verdict, text, True, tuple(best))


def _part(rule: str, step: Step) -> tuple[dict[str, float], dict[str, float]]:
    """Splits a step's numbers into those for its sentence and the scores of the candidates."""
    numbers = {str(name): value for name, value in dict(step.get("numbers") or {}).items()}
    kept = NAMED_SCORES.get(rule)
    named = [name for name in numbers if (IDENTIFIED.fullmatch(name) if kept is None else name not in kept)]
    scores = {name: numbers.pop(name) for name in named}
    kind = SCORED.get(rule, "")
    return numbers, scores | {f"{kind}_{key}": value for key, value in dict(step.get("scores") or {}).items()}


def _fill(rule: str, verdict: str, numbers: Mapping[str, float], names: Mapping[str, str]) -> str | None:
    wording = Wording(names)
    others = ", ".join(f"{tidy(name)} {number(value)}" for name, value in numbers.items() if name != "roll")
    values = {**numbers, **({"others": others} if others else {}), "verdict": verdict}
    for sentence in _sentences(rule, verdict):
        try:
            return wording.format(sentence, **values)
        except (KeyError, ValueError, TypeError):
            continue
    return None


def _sentences(rule: str, verdict: str) -> tuple[str, ...]:
    found: Sentences = ()
    for pattern, sentences in WORDS.get(rule, {}).items():
        if pattern == verdict:
            found = sentences
            break
        if pattern.endswith("*") and verdict.startswith(pattern[:-1]):
            found = sentences
    return (found,) if isinstance(found, str) else found


def _plainly(rule: str, verdict: str, numbers: Mapping[str, float]) -> str:
    told = tidy(rule)
    told = told[:1].upper() + told[1:]
    if verdict not in ("", OK):
        told += f": {tidy(verdict)}"
    if numbers:
        told += f" ({', '.join(f'{tidy(name)} {number(value)}' for name, value in numbers.items())})"
    return f"{told}."
