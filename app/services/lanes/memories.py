"""The null memory."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.ports import Recall


class NoMemory:
    """Returns no facts for any prompt."""

    def recall(self, wishes: Sequence[Recall]) -> Sequence[Sequence[str]]:
        """No facts."""
        return [()] * len(wishes)
