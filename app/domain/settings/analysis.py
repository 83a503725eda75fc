"""Settings for the background analysis by a model."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import FLEET_ONLY, Section

ANALYSIS = Section("analysis", "What a model reads in the background.")


@dataclass(frozen=True)
class Analysis:
    """Intervals of digests and insights."""

    __slots__ = ()

    digest_interval_s: float = ANALYSIS.number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model sums up what a busy chat talks about; 0 turns it off.",
        scopes=FLEET_ONLY,
    )
    insight_interval_s: float = ANALYSIS.number(
        1800.0,
        0,
        86_400,
        "seconds",
        "How often a model reads a chat's newest messages one by one; 0 turns it off.",
        scopes=FLEET_ONLY,
    )
