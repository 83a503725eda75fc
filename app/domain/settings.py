"""The settings that operators change while the fleet runs: a default, a range, a unit and a sentence of help each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.money import Budgets, micros


def _number(default: float, low: float, high: float, unit: str, text: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "unit": unit, "help": text})


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


def parse_setting(key: str, raw: Any) -> bool | int | float:
    """The typed value of setting `key` from what an operator sent.

    Raises InvalidInput, naming the key and the range, when there is no such setting or the value does not fit.
    """
    for spec in fields(FleetSettings):
        if spec.name == key:
            return _parse(spec.name, spec.default, spec.metadata, raw)
    raise InvalidInput(key, "there is no such setting; the settings page lists them all")


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
