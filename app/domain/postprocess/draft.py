"""What a draft is held against."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from app.domain.persona import BotProfile, StanceView
from app.domain.postprocess.company import Company
from app.domain.postprocess.echoes import Echoes
from app.domain.safety import SafetyPolicy


@dataclass(frozen=True, slots=True)
class Voice:
    """A persona's habits: emoji and phrases that are its own, and whether it writes without capitals."""

    emoji: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    lower_case: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The speaker, the word limit, what was said lately in the chat (`recent`) and by the fleet (`echoes`).

    `seed` makes what is left to chance the same each time; without `languages` or `company` nothing is known of them.
    `demands` are the words that an injection in the prompt asked for.
    """

    speaker: str
    max_words: int
    recent: Collection[str] = ()
    echoes: Echoes = field(default_factory=Echoes)
    seed: int = 0
    voice: Voice = field(default_factory=Voice)
    languages: frozenset[str] = frozenset()
    company: Company | None = None
    stances: tuple[StanceView, ...] = ()
    demands: tuple[str, ...] = ()
    policy: SafetyPolicy = field(default_factory=SafetyPolicy)
    canary: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The draft is not sent, for `reason` (a code such as `duplicate`)."""

    reason: str


Rewrite = Callable[[str, Draft], str]
Check = Callable[[str, Draft], str | None]


def voice_of(bot: BotProfile) -> Voice:
    """The habits that a persona's emotion profile names; whatever is of another shape counts as none."""
    return Voice(
        emoji=_texts(bot.emotion.get("emoji")),
        phrases=_texts(bot.emotion.get("phrases")),
        lower_case=bot.emotion.get("capitals") is False,
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value.strip() else ()
    if not isinstance(value, list | tuple):
        return ()
    return tuple(item.strip() for item in value if isinstance(item, str) and item.strip())
