"""Who is in a chat, and who of them asked to be left alone."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.analysis.letters import fold_letters


@dataclass(frozen=True, slots=True)
class ChatMembers:
    """The people and bots of a chat by name and by @username, and those of its people who asked to be left alone."""

    names: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    muted_names: frozenset[str] = frozenset()
    muted_handles: frozenset[str] = frozenset()

    def knows(self, word: str) -> bool:
        """Whether `word` is somebody's @username, name, or first name."""
        folded = fold_letters(word)
        return folded in self.handles or any(folded == name or folded in name.split() for name in self.names)

    def is_muted(self, word: str) -> bool:
        """Whether `word` is the @username, or part of the name, of somebody who asked to be left alone."""
        folded = fold_letters(word)
        return folded in self.muted_handles or any(
            folded in name.split() for name in map(fold_letters, self.muted_names)
        )
