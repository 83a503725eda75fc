"""What a draft is held against."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from app.domain.fleet.persona import EmotionView, StanceView
from app.domain.postprocess.chat_members import ChatMembers
from app.domain.postprocess.recent_texts import RecentTexts
from app.domain.safety import SafetyPolicy


@dataclass(frozen=True, slots=True)
class DraftContext:
    """The speaker, the word limit, what was said lately in the chat (`recent`) and by the fleet (`recent_texts`).

    `seed` makes what is left to chance the same each time; without `languages` or `members` nothing is known of them.
    `voice` holds the persona's own phrases and emoji, `demands` the words that an injection in the prompt asked for.
    """

    speaker: str
    max_words: int
    recent: Collection[str] = ()
    recent_texts: RecentTexts = field(default_factory=RecentTexts)
    seed: int = 0
    voice: EmotionView = field(default_factory=EmotionView)
    languages: frozenset[str] = frozenset()
    members: ChatMembers | None = None
    stances: tuple[StanceView, ...] = ()
    demands: tuple[str, ...] = ()
    policy: SafetyPolicy = field(default_factory=SafetyPolicy)
    canary: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The draft is not sent, for `reason` (a code such as `duplicate`)."""

    reason: str


Rewrite = Callable[[str, DraftContext], str]
Check = Callable[[str, DraftContext], str | None]
