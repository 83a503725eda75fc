"""The settings of what bots must not say."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.setting_fields import FLEET_ONLY, number, words


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """The part of FleetSettings that the checks after the model and before the send read."""

    near_duplicate_similarity: float = number(
        0.85,
        0.5,
        1,
        "",
        "A text this similar to a recent one of any bot is not said; 1 lets all but equal ones pass.",
        group="safety",
        scopes=FLEET_ONLY,
    )
    repeat_horizon_s: float = number(
        21_600.0,
        60,
        604_800,
        "seconds",
        "For how long no bot says again what any bot of the fleet said.",
        group="safety",
        scopes=FLEET_ONLY,
    )
    allowed_hosts: tuple[str, ...] = words(
        "Sites that bots may link to, with all below them, such as example.org; every other link is refused.",
        group="safety",
        scopes=FLEET_ONLY,
    )
    blocked_words: tuple[str, ...] = words(
        "Words and phrases that no bot ever says, however they are written.", group="safety", scopes=FLEET_ONLY
    )
