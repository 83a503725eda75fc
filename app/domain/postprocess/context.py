"""The context in which a draft is checked, and its refusal."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from app.domain.fleet.persona import EmotionView, StanceView
from app.domain.postprocess.chat_members import ChatMembers
from app.domain.postprocess.recent_texts import RecentTexts
from app.domain.safety import SafetyPolicy


@dataclass(frozen=True, slots=True)
class DraftContext:
    """The speaker, the word limit, recent texts of the chat (`recent`) and of the fleet (`recent_texts`).

    `seed` makes random choices repeatable; without `languages` or `members`, those are unknown.
    `voice` holds the persona's own phrases and emoji, `demands` the words that an injection in the prompt demanded.
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
