"""Settings of the safety filter and of duplicates."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import FLEET_ONLY, Section

SAFETY = Section("safety", "What bots must not say.")


@dataclass(frozen=True)
class Safety:
    """Settings of the checks after generation and before the send."""

    __slots__ = ()

    near_duplicate_similarity: float = SAFETY.number(
        0.85,
        0.5,
        1,
        "",
        "A text this similar to a recent one of any bot is not said; 1 lets all but equal ones pass.",
        scopes=FLEET_ONLY,
    )
    repeat_horizon_s: float = SAFETY.number(
        21_600.0,
        60,
        604_800,
        "seconds",
        "For how long no bot says again what any bot of the fleet said.",
        scopes=FLEET_ONLY,
    )
    allowed_hosts: tuple[str, ...] = SAFETY.words(
        "Sites that bots may link to, with all below them, such as example.org; every other link is refused.",
        scopes=FLEET_ONLY,
    )
    blocked_words: tuple[str, ...] = SAFETY.words(
        "Words and phrases that no bot ever says, however they are written.", scopes=FLEET_ONLY
    )
