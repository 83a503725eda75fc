"""Settings for the expiry of mentions and texts."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import Section

PATIENCE = Section("patience", "How long something is worth answering or saying.")


@dataclass(frozen=True)
class Patience:
    """Ages at which mentions and unasked texts expire."""

    __slots__ = ()

    mention_patience_s: float = PATIENCE.number(
        300.0, 10, 86_400, "seconds", "A mention older than this is no longer answered."
    )
    ambient_patience_s: float = PATIENCE.number(
        180.0, 10, 86_400, "seconds", "An unasked message that is not sent by then is dropped."
    )
