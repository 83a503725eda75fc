"""The members of a chat, and who of them muted the bot."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.analysis.letters import fold_name


@dataclass(frozen=True, slots=True)
class ChatMembers:
    """The people and bots of a chat by name and @username, and those of its people who muted the bot.

    All but `muted_names` are folded.
    """

    names: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    muted_names: frozenset[str] = frozenset()
    muted_handles: frozenset[str] = frozenset()

    def knows(self, word: str) -> bool:
        """Returns whether `word` is a member's @username, name or first name."""
        folded = fold_name(word)
        return folded in self.handles or any(folded == name or folded in name.split() for name in self.names)

    def is_muted(self, word: str) -> bool:
        """Returns whether `word` is the @username, or part of the name, of a person who muted the bot."""
        folded = fold_name(word)
        return folded in self.muted_handles or any(folded in name.split() for name in map(fold_name, self.muted_names))
