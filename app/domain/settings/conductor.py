"""Settings for how bots share a chat with people and with each other."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import PER_CHAT, Section

CONDUCTOR = Section("conductor", "How bots of a chat share it with people and with each other.")


@dataclass(frozen=True)
class Conductor:
    """Limits that protect a chat: no bot may bypass them, so nearly all are PER_CHAT."""

    __slots__ = ()

    people_share: float = CONDUCTOR.number(
        0.5,
        0,
        1,
        "",
        "The part of a chat's messages that should be people's; bots hold back to keep it. 0 asks nothing.",
        scopes=PER_CHAT,
    )
    share_window_min: float = CONDUCTOR.number(
        30.0, 1, 1440, "minutes", "The time over which that part is reckoned.", scopes=PER_CHAT
    )
    share_free: int = CONDUCTOR.number(
        6,
        0,
        100,
        "messages",
        "What bots may say within that time whatever people do, so that a talk can begin.",
        scopes=PER_CHAT,
    )
    talk_backoff: float = CONDUCTOR.number(
        0.1,
        0,
        10,
        "",
        "How much bots hold back while people talk: at 0.1 and 10 messages a minute, they speak half as often.",
        scopes=PER_CHAT,
    )
    talk_window_min: float = CONDUCTOR.number(
        2.0, 0.1, 60, "minutes", "The time over which the messages of people are counted.", scopes=PER_CHAT
    )
    idle_after_min: float = CONDUCTOR.number(
        15.0, 0, 1440, "minutes", "When no person has spoken for this long, bots begin to fall silent.", scopes=PER_CHAT
    )
    idle_halving_min: float = CONDUCTOR.number(
        30.0,
        0.1,
        1440,
        "minutes",
        "From then on they speak half as often with every further such time.",
        scopes=PER_CHAT,
    )
    idle_floor: float = CONDUCTOR.number(
        0.02, 0, 1, "", "The least part of their chance to speak that an idle chat leaves them.", scopes=PER_CHAT
    )
    turn_fairness: float = CONDUCTOR.number(
        1.0,
        0,
        5,
        "",
        "How much a bot that said more than its share of a chat lately gives way; 0 lets it be.",
        scopes=PER_CHAT,
    )
    loop_depth: int = CONDUCTOR.number(
        4,
        1,
        30,
        "messages",
        "The longest chain of bots that answer each other without a person in between.",
        scopes=PER_CHAT,
    )
    loop_replies: int = CONDUCTOR.number(
        4,
        1,
        30,
        "replies",
        "After so many replies between two bots of a chat the two leave each other alone.",
        scopes=PER_CHAT,
    )
    loop_window_min: float = CONDUCTOR.number(
        10.0, 0.1, 1440, "minutes", "The time over which those replies are counted.", scopes=PER_CHAT
    )
    loop_cooloff_min: float = CONDUCTOR.number(
        20.0,
        0,
        1440,
        "minutes",
        "How long two bots leave each other alone after the last of those replies.",
        scopes=PER_CHAT,
    )
