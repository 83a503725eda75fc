"""Settings for whether an eligible bot speaks."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import Section

CHOICE = Section("choice", "Whether an eligible bot speaks, and what it does with its turn.")


@dataclass(frozen=True)
class Choice:
    """Chances that a bot speaks and replies, and the horizon of its replies."""

    __slots__ = ()

    speak_probability: float = CHOICE.number(0.6, 0, 1, "", "Chance that an eligible bot uses its turn.")
    reply_probability: float = CHOICE.number(0.6, 0, 1, "", "Chance that a bot replies instead of opening a topic.")
    reply_horizon_s: float = CHOICE.number(600.0, 10, 86_400, "seconds", "Older messages are not replied to unasked.")
