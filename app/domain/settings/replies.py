"""Settings for the choice of the message that a bot replies to."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import Section

REPLIES = Section("replies", "Which message a bot replies to: what each feature of a message scores.")


@dataclass(frozen=True)
class Replies:
    """Weights of the features of a message (see behaviour/features.py), and the draw among the best."""

    __slots__ = ()

    reply_weight_person: float = REPLIES.number(1.0, 0, 100, "", "Score of a message that a person wrote.")
    reply_weight_fresh: float = REPLIES.number(
        1.0, 0, 100, "", "Score of a message of this instant; it fades until the horizon."
    )
    reply_weight_question: float = REPLIES.number(2.5, 0, 100, "", "Score of a question.")
    reply_weight_opinion: float = REPLIES.number(2.5, 0, 100, "", "Score of a message that asks for an opinion.")
    reply_weight_mention: float = REPLIES.number(
        3.0, 0, 100, "", "Score of a message that names the bot or answers it."
    )
    reply_weight_symbol: float = REPLIES.number(
        1.0, 0, 100, "", "Score of a message about something on the bot's watchlist."
    )
    reply_weight_topic: float = REPLIES.number(
        0.75, 0, 100, "", "Score for each of the bot's topics in a message, two at most."
    )
    reply_weight_emotion: float = REPLIES.number(
        0.75,
        0,
        100,
        "",
        "Score of the strongest feeling for the most empathic bot; the least empathic one shuns it as much.",
    )
    reply_weight_replies: float = REPLIES.number(
        0.75, 0, 100, "", "What each reply that a message has already, three at most, takes from its score."
    )
    reply_best: int = REPLIES.number(5, 1, 30, "messages", "How many of the best messages are in the draw for a reply.")
    reply_sharpness: float = REPLIES.number(
        3.0,
        0,
        10,
        "",
        "How strongly the draw favours higher scores: 0 not at all, 1 in proportion, 2 by their squares.",
    )
    reply_least_score: float = REPLIES.number(
        0.5, 0, 100, "", "Messages below this score are not worth an unasked reply."
    )
