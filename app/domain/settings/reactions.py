"""Settings for reactions instead of replies."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import PER_BOT, PER_CHAT, Section

REACTIONS = Section("reactions", "When an emoji takes the place of a message.")


@dataclass(frozen=True)
class Reactions:
    """Probability and caps of reactions, and the sentiment they need."""

    __slots__ = ()

    reaction_probability: float = REACTIONS.number(
        0.15, 0, 1, "", "Chance that a bot only puts an emoji on a message, where that fits, instead of answering it."
    )
    reactions_per_hour: int = REACTIONS.number(
        6, 0, 3600, "reactions", "The most that a bot gives within any 60 minutes.", scopes=PER_BOT
    )
    reactions_per_message: int = REACTIONS.number(
        2, 0, 100, "reactions", "The most that bots give one message.", scopes=PER_CHAT
    )
    reaction_feeling: float = REACTIONS.number(
        0.3, 0, 1, "", "The least sentiment, good or bad, that a message needs to get a reaction."
    )
