"""The settings that operators change while the fleet runs: a default, a range, a unit and a sentence of help each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.money import Budgets, micros

Value = bool | int | float | tuple[str, ...]


def _number(default: float, low: float, high: float, unit: str, text: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "unit": unit, "help": text})


def _words(text: str) -> Any:
    return field(default=(), metadata={"unit": "", "help": text})


MOST_WORDS = 500
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """Every value has a field here; what no operator changed has its default."""

    fleet_paused: bool = field(
        default=False, metadata={"unit": "", "help": "Kill switch: no bot speaks while this is on."}
    )
    tick_interval_s: float = _number(
        60.0,
        1,
        86_400,
        "seconds",
        "Mean time between two turns of a bot; each turn is jittered by a quarter.",
    )
    cooldown_s: float = _number(
        45.0, 0, 86_400, "seconds", "A bot rests this long after it spoke, unless it is spoken to."
    )
    chat_gap_s: float = _number(
        10.0, 0, 86_400, "seconds", "Least time between two messages of bots that nobody asked for, per chat."
    )
    speak_probability: float = _number(0.6, 0, 1, "", "Chance that an eligible bot uses its turn.")
    reply_probability: float = _number(0.6, 0, 1, "", "Chance that a bot replies instead of opening a topic.")
    reply_horizon_s: float = _number(600.0, 10, 86_400, "seconds", "Older messages are not replied to unasked.")
    mention_patience_s: float = _number(
        300.0, 10, 86_400, "seconds", "A mention older than this is no longer answered."
    )
    ambient_patience_s: float = _number(
        180.0, 10, 86_400, "seconds", "An unasked message that is not sent by then is dropped."
    )
    max_words: int = _number(40, 5, 400, "words", "The most words a bot puts in one message.")
    typing_max_s: float = _number(8.0, 0, 60, "seconds", "The longest a bot shows that it is typing.")
    chat_messages_per_min: int = _number(
        0, 0, 1200, "messages", "The most that all bots together say in one chat within any minute; 0 sets no limit."
    )
    budget_fleet_usd: float = _number(
        10.0, 0, 100_000, "USD a day", "The most that all answers of a UTC day may cost; 0 sets no limit."
    )
    budget_chat_usd: float = _number(
        0.0, 0, 100_000, "USD a day", "The same for each chat that has no budget of its own; 0 sets no limit."
    )
    budget_bot_usd: float = _number(
        0.0, 0, 100_000, "USD a day", "The same for each bot that has no budget of its own; 0 sets no limit."
    )
    digest_interval_s: float = _number(
        1800.0, 0, 86_400, "seconds", "How often a model sums up what a busy chat talks about; 0 turns it off."
    )
    near_duplicate_similarity: float = _number(
        0.85, 0.5, 1, "", "A text this similar to a recent one of any bot is not said; 1 lets all but equal ones pass."
    )
    repeat_horizon_s: float = _number(
        21_600.0, 60, 604_800, "seconds", "For how long no bot says again what any bot of the fleet said."
    )
    allowed_hosts: tuple[str, ...] = _words(
        "Sites that bots may link to, with all below them, such as example.org; every other link is refused."
    )
    blocked_words: tuple[str, ...] = _words("Words and phrases that no bot ever says, however they are written.")

    @property
    def budgets(self) -> Budgets:
        """The money of a day, in micros."""
        return Budgets(micros(self.budget_fleet_usd), micros(self.budget_chat_usd), micros(self.budget_bot_usd))


def parse_setting(key: str, raw: Any) -> Value:
    """The typed value of setting `key` from what an operator sent.

    Raises InvalidInput, naming the key and the range, when there is no such setting or the value does not fit.
    """
    for spec in fields(FleetSettings):
        if spec.name == key:
            return _parse(spec.name, spec.default, spec.metadata, raw)
    raise InvalidInput(key, "there is no such setting; the settings page lists them all")


def _parse(name: str, default: Any, metadata: Mapping[str, Any], raw: Any) -> Value:
    if isinstance(default, bool):
        return _parse_switch(name, raw)
    if isinstance(default, tuple):
        return _parse_words(name, raw)
    low, high, unit = metadata["low"], metadata["high"], metadata["unit"]
    wanted = f"must be a number from {low:g} to {high:g} {unit}".strip()
    try:
        value = int(raw) if isinstance(default, int) else float(raw)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, wanted) from None
    if not low <= value <= high:
        raise InvalidInput(name, wanted)
    return value


def _parse_switch(name: str, raw: Any) -> bool:
    words = {
        "true": True,
        "on": True,
        "yes": True,
        "1": True,
        "false": False,
        "off": False,
        "no": False,
        "0": False,
    }
    value = words.get(str(raw).strip().lower())
    if value is None:
        raise InvalidInput(name, "must be on or off")
    return value


def _parse_words(name: str, raw: Any) -> tuple[str, ...]:
    """Words or phrases, from a list of them or from a text with a comma or a line break between two."""
    parts = raw.replace(",", "\n").splitlines() if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise InvalidInput(name, "must be words or phrases, with a comma or a line break between two")
    found = tuple(dict.fromkeys(words for part in parts if (words := " ".join(part.replace("\x00", "").split()))))
    if len(found) > MOST_WORDS or any(len(words) > LONGEST_WORD for words in found):
        raise InvalidInput(name, f"must be at most {MOST_WORDS} entries of at most {LONGEST_WORD} characters")
    return found


def settings_from(overrides: Mapping[str, Any]) -> FleetSettings:
    """The settings with `overrides` applied; a stored value that no longer fits is left at its default."""
    valid: dict[str, Any] = {}
    for spec in fields(FleetSettings):
        if spec.name in overrides:
            try:
                valid[spec.name] = parse_setting(spec.name, overrides[spec.name])
            except InvalidInput:
                continue
    return FleetSettings(**valid)
