"""The safety filter for outgoing texts. It runs last, on the exact text that is sent.

A text is folded to what its readers see, then expanded to all readings of its words, and then checked by an ordered
tuple of checks: rules for patterns (numbers, links, pieces of the prompt), and a fitted model for meanings with endless
wordings (promises, invitations, claims).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.safety.everyone import calls_everyone
from app.domain.safety.folding import unmask
from app.domain.safety.hosts import find_link
from app.domain.safety.meaning import MeaningModel, find_meaning, load_model
from app.domain.safety.personal import holds_personal_data
from app.domain.safety.policy import NOTHING_ALLOWED, SafetyPolicy, holds_a_blocked_word
from app.domain.safety.prompt import shows_the_prompt
from app.domain.safety.readings import read_words, tighten

__all__ = ["CHECKS", "SafetyPolicy", "check_safety"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A text about to be sent: as seen, folded, in every reading, and the reason by the model of meaning."""

    seen: str
    folded: str
    readings: tuple[str, ...]
    meaning: str | None
    policy: SafetyPolicy
    canary: str


Check = Callable[[Outgoing], bool]


def check_safety(
    text: str, policy: SafetyPolicy = NOTHING_ALLOWED, canary: str = "", model: MeaningModel | None = None
) -> str | None:
    """Returns None when `text` may be sent, else the reason code of the first check that refuses it.

    `canary` is the unique word of this text's own prompt; `model` replaces the package's own.
    """
    seen = unmask(text)
    folded = seen.casefold()
    readings = read_words(folded)
    outgoing = Outgoing(seen, folded, readings, find_meaning(readings, model or load_model()), policy, canary)
    return next((reason for reason, refuses in CHECKS if refuses(outgoing)), None)


def _calls_everyone(outgoing: Outgoing) -> bool:
    return any(map(calls_everyone, (*outgoing.readings, tighten(outgoing.folded))))


def _holds_personal_data(outgoing: Outgoing) -> bool:
    return any(map(holds_personal_data, dict.fromkeys((*outgoing.readings[:2], tighten(outgoing.folded)))))


def _holds_a_link(outgoing: Outgoing) -> bool:
    allowed = outgoing.policy.allowed_hosts
    return any(find_link(seen, allowed) for seen in dict.fromkeys((outgoing.seen, tighten(outgoing.seen))))


def _shows_the_prompt(outgoing: Outgoing) -> bool:
    return any(shows_the_prompt(reading, outgoing.canary) for reading in outgoing.readings)


def _holds_a_blocked_word(outgoing: Outgoing) -> bool:
    return any(holds_a_blocked_word(reading, outgoing.policy.blocked_words) for reading in outgoing.readings)


def _means(reason: str) -> Check:
    return lambda outgoing: outgoing.meaning == reason


CHECKS: tuple[tuple[str, Check], ...] = (
    ("prompt_leak", _shows_the_prompt),
    ("personal_data", _holds_personal_data),
    ("link", _holds_a_link),
    ("calls_everyone", _calls_everyone),
    ("prompt_leak", _means("prompt_leak")),
    ("private_contact", _means("private_contact")),
    ("claims_to_be_human", _means("claims_to_be_human")),
    ("promises_profit", _means("promises_profit")),
    ("blocked_word", _holds_a_blocked_word),
)
