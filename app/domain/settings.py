"""The settings that operators change while the fleet runs: a default, a range, a unit and a sentence of help each.

Each says in which section of the settings page it stands, and where it may be overridden (see settings_book.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from app.domain.engine_settings import EngineSettings
from app.domain.errors import InvalidInput
from app.domain.money import Budgets, micros
from app.domain.setting_fields import ANYWHERE, FLEET_ONLY, PER_BOT, PER_CHAT, ScopeKind, number

Value = bool | int | float | tuple[str, ...]


GROUPS = {
    "tempo": "How often bots take a turn, and how close their messages follow each other.",
    "caps": "The most that a bot says within an hour and a day.",
    "choice": "Whether an eligible bot speaks, and what it does with its turn.",
    "chats": "In which of its chats a bot speaks: how much each reason weighs.",
    "conductor": "How bots of a chat share it with people and with each other.",
    "replies": "Which message a bot replies to: what each feature of a message scores.",
    "topics": "Which topic a bot opens: how much each kind weighs.",
    "reactions": "When an emoji takes the place of a message.",
    "patience": "How long something is worth answering or saying.",
    "messages": "How long messages are, and how they are typed.",
    "safety": "What bots must not say.",
    "money": "What a UTC day may cost.",
    "news": "Headlines that bots may talk about.",
    "analysis": "What a model reads in the background.",
    "keeping": "How long what happened is kept; every night the rest is deleted.",
}
"""The sections of the settings page in their order, each with a sentence; one that is missing here stands last."""


MOST_WORDS = 500
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class FleetSettings(EngineSettings):
    """Every value has a field here; what no operator changed has its default."""

    fleet_paused: bool = field(
        default=False,
        metadata={
            "unit": "",
            "help": "Kill switch: no bot speaks while this is on.",
            "group": "tempo",
            "scopes": FLEET_ONLY,
        },
    )
    tick_interval_s: float = number(
        60.0,
        1,
        86_400,
        "seconds",
        "Mean time between two turns of a bot; each turn is jittered by a quarter.",
        group="tempo",
        scopes=PER_BOT,
    )
    cooldown_s: float = number(
        45.0,
        0,
        86_400,
        "seconds",
        "A bot rests this long after it spoke, unless it is spoken to.",
        group="tempo",
        scopes=PER_BOT,
    )
    chat_gap_s: float = number(
        10.0,
        0,
        86_400,
        "seconds",
        "Least time between two messages of bots that nobody asked for, per chat.",
        group="tempo",
        scopes=PER_CHAT,
    )
    speak_probability: float = number(0.6, 0, 1, "", "Chance that an eligible bot uses its turn.", group="choice")
    reply_probability: float = number(
        0.6, 0, 1, "", "Chance that a bot replies instead of opening a topic.", group="choice"
    )
    reply_horizon_s: float = number(
        600.0, 10, 86_400, "seconds", "Older messages are not replied to unasked.", group="choice"
    )
    mention_patience_s: float = number(
        300.0,
        10,
        86_400,
        "seconds",
        "A mention older than this is no longer answered.",
        group="patience",
    )
    ambient_patience_s: float = number(
        180.0,
        10,
        86_400,
        "seconds",
        "An unasked message that is not sent by then is dropped.",
        group="patience",
    )
    max_words: int = number(40, 5, 400, "words", "The most words a bot puts in one message.", group="messages")
    prompt_tokens: int = number(
        1500,
        300,
        20_000,
        "tokens",
        "The most that one message's part of a prompt takes; old lines are left out.",
        group="messages",
    )
    typing_max_s: float = number(8.0, 0, 60, "seconds", "The longest a bot shows that it is typing.", group="messages")
    chat_messages_per_min: int = number(
        0,
        0,
        1200,
        "messages",
        "The most that all bots together say in one chat within any minute; 0 sets no limit.",
        group="tempo",
        scopes=PER_CHAT,
    )
    budget_fleet_usd: float = number(
        10.0,
        0,
        100_000,
        "USD a day",
        "The most that all answers of a UTC day may cost; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    budget_chat_usd: float = number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each chat that has no budget of its own; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    budget_bot_usd: float = number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each bot that has no budget of its own; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    digest_interval_s: float = number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model sums up what a busy chat talks about; 0 turns it off.",
        group="analysis",
        scopes=FLEET_ONLY,
    )
    news_interval_s: float = number(
        900.0,
        300,
        86_400,
        "seconds",
        "Least time between two readings of a news feed.",
        group="news",
        scopes=FLEET_ONLY,
    )
    news_max_age_s: float = number(
        86_400.0, 600, 604_800, "seconds", "Older headlines are not talked about.", group="news", scopes=FLEET_ONLY
    )
    insight_interval_s: float = number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model reads a chat's newest messages one by one; 0 turns it off.",
        group="analysis",
        scopes=FLEET_ONLY,
    )

    history_days: int = number(
        90,
        7,
        3_650,
        "days",
        "How long messages, utterances and the ledger of requests are kept.",
        group="keeping",
        scopes=FLEET_ONLY,
    )
    traces_days: int = number(
        14,
        1,
        3_650,
        "days",
        "How long it is kept why a bot spoke, for its Why page and chorus replay; with it are people's words.",
        group="keeping",
        scopes=FLEET_ONLY,
    )

    @property
    def budgets(self) -> Budgets:
        """The money of a day, in micros."""
        return Budgets(micros(self.budget_fleet_usd), micros(self.budget_chat_usd), micros(self.budget_bot_usd))


DEFAULTS = FleetSettings()
SPECS: Mapping[str, Field[Any]] = {spec.name: spec for spec in fields(FleetSettings)}


def spec_of(key: str, scope: ScopeKind = "fleet") -> Field[Any]:
    """The field of setting `key`. Raises InvalidInput naming it when there is none, or none in such a scope."""
    spec = SPECS.get(key)
    if spec is None:
        raise InvalidInput(key, "there is no such setting; the settings page lists them all")
    scopes = scopes_of(spec)
    if scope not in scopes:
        places = " or ".join("the whole fleet" if kind == "fleet" else f"a {kind}" for kind in scopes)
        raise InvalidInput(key, f"is a setting of {places}, not of a {scope}")
    return spec


def scopes_of(spec: Field[Any]) -> tuple[ScopeKind, ...]:
    """Where a setting may have a value; everywhere unless its field says otherwise."""
    scopes: tuple[ScopeKind, ...] = spec.metadata.get("scopes", ANYWHERE)
    return scopes


def parse_setting(key: str, raw: Any, scope: ScopeKind = "fleet") -> Value:
    """The typed value of setting `key` from what an operator sent.

    Raises InvalidInput, naming the key and the range, when there is no such setting or the value does not fit, and
    when it may not be set in a scope of that kind.
    """
    spec = spec_of(key, scope)
    return _parse(spec.name, spec.default, spec.metadata, raw)


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


def valid_overrides(stored: Mapping[str, Any], scope: ScopeKind) -> dict[str, Any]:
    """What of `stored` can be used in a scope of that kind; the rest falls back to the next scope."""
    valid: dict[str, Any] = {}
    for key, raw in stored.items():
        try:
            valid[key] = parse_setting(key, raw, scope)
        except InvalidInput:
            continue
    return valid


def settings_from(overrides: Mapping[str, Any]) -> FleetSettings:
    """The fleet's settings with `overrides` applied; a stored value that no longer fits is left at its default."""
    return FleetSettings(**valid_overrides(overrides, "fleet"))
