"""Settings for the choice of the topic that a bot opens."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import PER_CHAT, Section

TOPICS = Section("topics", "Which topic a bot opens: how much each kind weighs.")


@dataclass(frozen=True)
class Topics:
    """Weights of the kinds of topics, and the time between topics."""

    __slots__ = ()

    topic_gap_s: float = TOPICS.number(
        300.0, 0, 86_400, "seconds", "Least time between two topics that bots open in one chat.", scopes=PER_CHAT
    )
    topic_weight_stance: float = TOPICS.number(
        1.0, 0, 100, "", "Weight of a topic the bot has an opinion on, times its confidence."
    )
    topic_weight_own: float = TOPICS.number(0.6, 0, 100, "", "Weight of a topic of the bot's persona.")
    topic_weight_watchlist: float = TOPICS.number(0.4, 0, 100, "", "Weight of an entry of the bot's watchlist.")
    topic_weight_chat: float = TOPICS.number(
        0.8, 0, 100, "", "Weight of a topic of the chat, added where the bot has it too."
    )
    topic_weight_talk: float = TOPICS.number(
        0.3, 0, 100, "", "Weight added for each recent message that touches a topic, three at most."
    )
    topic_weight_headline: float = TOPICS.number(0.8, 0, 100, "", "Weight of a headline of the chat's news.")
    topic_repeat_factor: float = TOPICS.number(
        0.1, 0, 1, "", "What is left of a topic's weight when the bot talked about it lately."
    )
