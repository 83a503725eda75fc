"""The settings that operators change while the fleet runs: a default, a range, a unit and a sentence of help each.

Each says in which section of the settings page it stands, and where it may be overridden (see settings_book.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal

from app.domain.errors import InvalidInput
from app.domain.money import Budgets, micros

ScopeKind = Literal["fleet", "chat", "bot"]

FLEET_ONLY: tuple[ScopeKind, ...] = ("fleet",)
PER_CHAT: tuple[ScopeKind, ...] = ("fleet", "chat")
PER_BOT: tuple[ScopeKind, ...] = ("fleet", "bot")
ANYWHERE: tuple[ScopeKind, ...] = ("fleet", "chat", "bot")

GROUPS = {
    "tempo": "How often bots take a turn, and how close their messages follow each other.",
    "choice": "Whether an eligible bot speaks, and what it does with its turn.",
    "patience": "How long something is worth answering or saying.",
    "messages": "How long messages are, and how they are typed.",
    "money": "What a UTC day may cost.",
    "news": "Headlines that bots may talk about.",
    "analysis": "What a model reads in the background.",
}
"""The sections of the settings page in their order, each with a sentence; one that is missing here stands last."""


def _number(
    default: float,
    low: float,
    high: float,
    unit: str,
    text: str,
    *,
    group: str = "choice",
    scopes: tuple[ScopeKind, ...] = ANYWHERE,
) -> Any:
    metadata = {"low": low, "high": high, "unit": unit, "help": text, "group": group, "scopes": scopes}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class FleetSettings:
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
    tick_interval_s: float = _number(
        60.0,
        1,
        86_400,
        "seconds",
        "Mean time between two turns of a bot; each turn is jittered by a quarter.",
        group="tempo",
        scopes=PER_BOT,
    )
    cooldown_s: float = _number(
        45.0,
        0,
        86_400,
        "seconds",
        "A bot rests this long after it spoke, unless it is spoken to.",
        group="tempo",
        scopes=PER_BOT,
    )
    chat_gap_s: float = _number(
        10.0,
        0,
        86_400,
        "seconds",
        "Least time between two messages of bots that nobody asked for, per chat.",
        group="tempo",
        scopes=PER_CHAT,
    )
    speak_probability: float = _number(0.6, 0, 1, "", "Chance that an eligible bot uses its turn.")
    reply_probability: float = _number(0.6, 0, 1, "", "Chance that a bot replies instead of opening a topic.")
    reply_horizon_s: float = _number(600.0, 10, 86_400, "seconds", "Older messages are not replied to unasked.")
    mention_patience_s: float = _number(
        300.0,
        10,
        86_400,
        "seconds",
        "A mention older than this is no longer answered.",
        group="patience",
    )
    ambient_patience_s: float = _number(
        180.0,
        10,
        86_400,
        "seconds",
        "An unasked message that is not sent by then is dropped.",
        group="patience",
    )
    max_words: int = _number(40, 5, 400, "words", "The most words a bot puts in one message.", group="messages")
    typing_max_s: float = _number(8.0, 0, 60, "seconds", "The longest a bot shows that it is typing.", group="messages")
    chat_messages_per_min: int = _number(
        0,
        0,
        1200,
        "messages",
        "The most that all bots together say in one chat within any minute; 0 sets no limit.",
        group="tempo",
        scopes=PER_CHAT,
    )
    budget_fleet_usd: float = _number(
        10.0,
        0,
        100_000,
        "USD a day",
        "The most that all answers of a UTC day may cost; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    budget_chat_usd: float = _number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each chat that has no budget of its own; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    budget_bot_usd: float = _number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each bot that has no budget of its own; 0 sets no limit.",
        group="money",
        scopes=FLEET_ONLY,
    )
    digest_interval_s: float = _number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model sums up what a busy chat talks about; 0 turns it off.",
        group="analysis",
        scopes=FLEET_ONLY,
    )
    news_interval_s: float = _number(
        900.0, 300, 86_400, "seconds", "Least time between two looks at a news feed.", group="news", scopes=FLEET_ONLY
    )
    news_max_age_s: float = _number(
        86_400.0, 600, 604_800, "seconds", "Older headlines are not talked about.", group="news", scopes=FLEET_ONLY
    )
    insight_interval_s: float = _number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model reads a chat's newest messages one by one; 0 turns it off.",
        group="analysis",
        scopes=FLEET_ONLY,
    )
    bot_messages_per_hour: int = _number(
        30, 0, 3600, "messages", "The most that a bot says within any 60 minutes, answers included; 0 sets no limit."
    )
    bot_messages_per_day: int = _number(
        200, 0, 86_400, "messages", "The most that a bot says within any 24 hours, answers included; 0 sets no limit."
    )
    answers_reserve: float = _number(
        0.2, 0, 1, "", "Part of a bot's messages an hour and a day that is kept for people who ask it something."
    )
    prime_boost: float = _number(
        1.5, 1, 10, "times", "In its prime hours a bot takes its turn this much more often, and reads this much faster."
    )
    mood_tempo: float = _number(
        0.3, 0, 0.9, "", "How much a bot's mood tells on its tempo: at 0.3 the liveliest is 30% quicker than the calm."
    )
    reading_mean_s: float = _number(
        3.0, 0, 600, "seconds", "Mean time before a bot starts to type something that nobody waits for."
    )
    reading_min_s: float = _number(0.3, 0, 600, "seconds", "The shortest such time.")
    reading_max_s: float = _number(15.0, 0, 600, "seconds", "The longest such time.")
    answer_reading_max_s: float = _number(
        0.5, 0, 60, "seconds", "The longest time before a bot starts to type an answer that somebody waits for."
    )
    short_share: float = _number(0.35, 0.05, 1, "", "Words of a short message, as a part of the most words.")
    medium_share: float = _number(
        0.65, 0.05, 1, "", "Words of a message of middle length, as a part of the most words."
    )
    chat_weight_calls: float = _number(
        1.0, 0, 100, "", "Weight of a chat for each person there who called the bot and got no answer."
    )
    chat_weight_activity: float = _number(
        1.0, 0, 100, "", "Weight of a chat for what was said there lately: 10 messages and more count in full."
    )
    chat_weight_silence: float = _number(
        1.0, 0, 100, "", "Weight of a chat for the time since the bot last spoke there: 10 minutes and more in full."
    )
    chat_weight_topics: float = _number(0.5, 0, 100, "", "Weight of a chat for each of its topics that the bot shares.")
    people_share: float = _number(
        0.5,
        0,
        1,
        "",
        "The part of a chat's messages that should be people's; bots hold back to keep it. 0 asks nothing.",
    )
    share_window_min: float = _number(30.0, 1, 1440, "minutes", "The time over which that part is reckoned.")
    share_free: int = _number(
        6, 0, 100, "messages", "What bots may say within that time whatever people do, so that a talk can begin."
    )
    talk_backoff: float = _number(
        0.1,
        0,
        10,
        "",
        "How much bots hold back while people talk: at 0.1 and 10 messages a minute, they speak half as often.",
    )
    talk_window_min: float = _number(2.0, 0.1, 60, "minutes", "The time over which the messages of people are counted.")
    idle_after_min: float = _number(
        15.0, 0, 1440, "minutes", "When no person has spoken for this long, bots begin to fall silent."
    )
    idle_halving_min: float = _number(
        30.0, 0.1, 1440, "minutes", "From then on they speak half as often with every further such time."
    )
    idle_floor: float = _number(
        0.02, 0, 1, "", "The least part of their chance to speak that an idle chat leaves them."
    )
    turn_fairness: float = _number(
        1.0, 0, 5, "", "How much a bot that said more than its share of a chat lately gives way; 0 lets it be."
    )
    loop_depth: int = _number(
        4, 1, 30, "messages", "The longest chain of bots that answer each other without a person in between."
    )
    loop_replies: int = _number(
        4, 1, 30, "replies", "After so many replies between two bots of a chat the two leave each other alone."
    )
    loop_window_min: float = _number(10.0, 0.1, 1440, "minutes", "The time over which those replies are counted.")
    loop_cooloff_min: float = _number(
        20.0, 0, 1440, "minutes", "How long two bots leave each other alone after the last of those replies."
    )
    reply_weight_person: float = _number(1.0, 0, 100, "", "Score of a message that a person wrote.")
    reply_weight_fresh: float = _number(
        1.0, 0, 100, "", "Score of a message of this instant; it fades until the horizon."
    )
    reply_weight_question: float = _number(2.5, 0, 100, "", "Score of a question.")
    reply_weight_opinion: float = _number(2.5, 0, 100, "", "Score of a message that asks for an opinion.")
    reply_weight_mention: float = _number(3.0, 0, 100, "", "Score of a message that names the bot or answers it.")
    reply_weight_symbol: float = _number(1.0, 0, 100, "", "Score of a message about something on the bot's watchlist.")
    reply_weight_topic: float = _number(
        0.75, 0, 100, "", "Score for each of the bot's topics in a message, two at most."
    )
    reply_weight_emotion: float = _number(
        0.75,
        0,
        100,
        "",
        "Score of the strongest feeling for the most empathic bot; the least empathic one shuns it as much.",
    )
    reply_weight_replies: float = _number(
        0.75, 0, 100, "", "What each reply that a message has already, three at most, takes from its score."
    )
    reply_best: int = _number(5, 1, 30, "messages", "How many of the best messages are in the draw for a reply.")
    reply_sharpness: float = _number(
        3.0,
        0,
        10,
        "",
        "How strongly the draw favours higher scores: 0 not at all, 1 in proportion, 2 by their squares.",
    )
    reply_least_score: float = _number(0.5, 0, 100, "", "Messages below this score are not worth an unasked reply.")
    topic_gap_s: float = _number(
        300.0, 0, 86_400, "seconds", "Least time between two topics that bots open in one chat."
    )
    topic_weight_stance: float = _number(
        1.0, 0, 100, "", "Weight of a topic the bot has an opinion on, times its confidence."
    )
    topic_weight_own: float = _number(0.6, 0, 100, "", "Weight of a topic of the bot's persona.")
    topic_weight_watchlist: float = _number(0.4, 0, 100, "", "Weight of an entry of the bot's watchlist.")
    topic_weight_chat: float = _number(
        0.8, 0, 100, "", "Weight of a topic of the chat, added where the bot has it too."
    )
    topic_weight_talk: float = _number(
        0.3, 0, 100, "", "Weight added for each recent message that touches a topic, three at most."
    )
    topic_weight_headline: float = _number(0.8, 0, 100, "", "Weight of a headline of the chat's news.")
    topic_repeat_factor: float = _number(
        0.1, 0, 1, "", "What is left of a topic's weight when the bot talked about it lately."
    )
    reaction_probability: float = _number(
        0.15, 0, 1, "", "Chance that a bot only puts an emoji on a message, where that fits, instead of answering it."
    )
    reactions_per_hour: int = _number(6, 0, 3600, "reactions", "The most that a bot gives within any 60 minutes.")
    reactions_per_message: int = _number(2, 0, 100, "reactions", "The most that bots give one message.")
    reaction_feeling: float = _number(
        0.3, 0, 1, "", "The least sentiment, good or bad, that a message needs to get a reaction."
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


def parse_setting(key: str, raw: Any, scope: ScopeKind = "fleet") -> bool | int | float:
    """The typed value of setting `key` from what an operator sent.

    Raises InvalidInput, naming the key and the range, when there is no such setting or the value does not fit, and
    when it may not be set in a scope of that kind.
    """
    spec = spec_of(key, scope)
    return _parse(spec.name, spec.default, spec.metadata, raw)


def _parse(name: str, default: Any, metadata: Mapping[str, Any], raw: Any) -> bool | int | float:
    if isinstance(default, bool):
        return _parse_switch(name, raw)
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
