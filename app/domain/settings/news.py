"""Settings for news feeds and headlines."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import FLEET_ONLY, Section

NEWS = Section("news", "Headlines that bots may talk about.")


@dataclass(frozen=True)
class News:
    """Poll interval of feeds, and the age limit of headlines."""

    __slots__ = ()

    news_interval_s: float = NEWS.number(
        900.0, 300, 86_400, "seconds", "Least time between two readings of a news feed.", scopes=FLEET_ONLY
    )
    news_max_age_s: float = NEWS.number(
        86_400.0, 600, 604_800, "seconds", "Older headlines are not talked about.", scopes=FLEET_ONLY
    )
