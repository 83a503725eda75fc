"""The settings of the behaviour engine: to whom a bot speaks, about what, with an emoji or how many words."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.safety_settings import SafetySettings
from app.domain.setting_fields import PER_BOT, PER_CHAT, number


@dataclass(frozen=True, slots=True)
class MaterialSettings(SafetySettings):
    """The part of FleetSettings that replies, topics, reactions and lengths read."""

    reply_weight_person: float = number(1.0, 0, 100, "", "Score of a message that a person wrote.", group="replies")
    reply_weight_fresh: float = number(
        1.0, 0, 100, "", "Score of a message of this instant; it fades until the horizon.", group="replies"
    )
    reply_weight_question: float = number(2.5, 0, 100, "", "Score of a question.", group="replies")
    reply_weight_opinion: float = number(
        2.5, 0, 100, "", "Score of a message that asks for an opinion.", group="replies"
    )
    reply_weight_mention: float = number(
        3.0, 0, 100, "", "Score of a message that names the bot or answers it.", group="replies"
    )
    reply_weight_symbol: float = number(
        1.0, 0, 100, "", "Score of a message about something on the bot's watchlist.", group="replies"
    )
    reply_weight_topic: float = number(
        0.75, 0, 100, "", "Score for each of the bot's topics in a message, two at most.", group="replies"
    )
    reply_weight_emotion: float = number(
        0.75,
        0,
        100,
        "",
        "Score of the strongest feeling for the most empathic bot; the least empathic one shuns it as much.",
        group="replies",
    )
    reply_weight_replies: float = number(
        0.75,
        0,
        100,
        "",
        "What each reply that a message has already, three at most, takes from its score.",
        group="replies",
    )
    reply_best: int = number(
        5, 1, 30, "messages", "How many of the best messages are in the draw for a reply.", group="replies"
    )
    reply_sharpness: float = number(
        3.0,
        0,
        10,
        "",
        "How strongly the draw favours higher scores: 0 not at all, 1 in proportion, 2 by their squares.",
        group="replies",
    )
    reply_least_score: float = number(
        0.5, 0, 100, "", "Messages below this score are not worth an unasked reply.", group="replies"
    )
    topic_gap_s: float = number(
        300.0,
        0,
        86_400,
        "seconds",
        "Least time between two topics that bots open in one chat.",
        group="topics",
        scopes=PER_CHAT,
    )
    topic_weight_stance: float = number(
        1.0, 0, 100, "", "Weight of a topic the bot has an opinion on, times its confidence.", group="topics"
    )
    topic_weight_own: float = number(0.6, 0, 100, "", "Weight of a topic of the bot's persona.", group="topics")
    topic_weight_watchlist: float = number(
        0.4, 0, 100, "", "Weight of an entry of the bot's watchlist.", group="topics"
    )
    topic_weight_chat: float = number(
        0.8, 0, 100, "", "Weight of a topic of the chat, added where the bot has it too.", group="topics"
    )
    topic_weight_talk: float = number(
        0.3, 0, 100, "", "Weight added for each recent message that touches a topic, three at most.", group="topics"
    )
    topic_weight_headline: float = number(0.8, 0, 100, "", "Weight of a headline of the chat's news.", group="topics")
    topic_repeat_factor: float = number(
        0.1, 0, 1, "", "What is left of a topic's weight when the bot talked about it lately.", group="topics"
    )
    reaction_probability: float = number(
        0.15,
        0,
        1,
        "",
        "Chance that a bot only puts an emoji on a message, where that fits, instead of answering it.",
        group="reactions",
    )
    reactions_per_hour: int = number(
        6, 0, 3600, "reactions", "The most that a bot gives within any 60 minutes.", group="reactions", scopes=PER_BOT
    )
    reactions_per_message: int = number(
        2, 0, 100, "reactions", "The most that bots give one message.", group="reactions", scopes=PER_CHAT
    )
    reaction_feeling: float = number(
        0.3, 0, 1, "", "The least sentiment, good or bad, that a message needs to get a reaction.", group="reactions"
    )
    reading_mean_s: float = number(
        3.0,
        0,
        600,
        "seconds",
        "Mean time before a bot starts to type something that nobody waits for.",
        group="messages",
    )
    reading_min_s: float = number(0.3, 0, 600, "seconds", "The shortest such time.", group="messages")
    reading_max_s: float = number(15.0, 0, 600, "seconds", "The longest such time.", group="messages")
    answer_reading_max_s: float = number(
        0.5,
        0,
        60,
        "seconds",
        "The longest time before a bot starts to type an answer that somebody waits for.",
        group="messages",
    )
    short_share: float = number(
        0.35, 0.05, 1, "", "Words of a short message, as a part of the most words.", group="messages"
    )
    medium_share: float = number(
        0.65, 0.05, 1, "", "Words of a message of middle length, as a part of the most words.", group="messages"
    )
