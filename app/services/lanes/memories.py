"""A fleet without a memory."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ports import Recall


class NoMemory:
    """Remembers nothing: every prompt goes without facts."""

    def recall(self, wishes: Sequence[Recall]) -> Sequence[Sequence[str]]:
        """No facts."""
        return [()] * len(wishes)
