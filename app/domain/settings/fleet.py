"""All settings: the sections in the order of the settings page, and the index of fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any

from app.domain.settings.analysis import ANALYSIS, Analysis
from app.domain.settings.caps import CAPS, Caps
from app.domain.settings.chat_choice import CHAT_CHOICE, ChatChoice
from app.domain.settings.choice import CHOICE, Choice
from app.domain.settings.conductor import CONDUCTOR, Conductor
from app.domain.settings.keeping import KEEPING, Keeping
from app.domain.settings.messages import MESSAGES, Messages
from app.domain.settings.money import MONEY, Money
from app.domain.settings.news import NEWS, News
from app.domain.settings.patience import PATIENCE, Patience
from app.domain.settings.reactions import REACTIONS, Reactions
from app.domain.settings.replies import REPLIES, Replies
from app.domain.settings.safety import SAFETY, Safety
from app.domain.settings.tempo import TEMPO, Tempo
from app.domain.settings.topics import TOPICS, Topics

SECTIONS = (
    TEMPO,
    CAPS,
    CHOICE,
    CHAT_CHOICE,
    CONDUCTOR,
    REPLIES,
    TOPICS,
    REACTIONS,
    PATIENCE,
    MESSAGES,
    SAFETY,
    MONEY,
    NEWS,
    ANALYSIS,
    KEEPING,
)
GROUPS = {section.name: section.help for section in SECTIONS}
"""The sections of the settings page in their order, each with its help."""


@dataclass(frozen=True, slots=True)
class FleetSettings(
    Tempo,
    Caps,
    Choice,
    ChatChoice,
    Conductor,
    Replies,
    Topics,
    Reactions,
    Patience,
    Messages,
    Safety,
    Money,
    News,
    Analysis,
    Keeping,
):
    """Every setting is a field of one section above; sections do not inherit from each other.

    Settings that no operator changed have their defaults.
    """


DEFAULTS = FleetSettings()
SPECS: Mapping[str, Field[Any]] = {spec.name: spec for part in FleetSettings.__bases__ for spec in fields(part)}
"""The field of each setting by its key, in the order of the settings page."""
