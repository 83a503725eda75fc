"""Settings for the pace of the fleet: ticks, cooldowns, gaps, and the kill switch."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import FLEET_ONLY, PER_BOT, PER_CHAT, Section

TEMPO = Section("tempo", "How often bots take a turn, and how close their messages follow each other.")


@dataclass(frozen=True)
class Tempo:
    """Intervals of ticks, and gaps between messages."""

    __slots__ = ()

    prime_boost: float = TEMPO.number(
        1.5,
        1,
        10,
        "times",
        "In its prime hours a bot takes its turn this much more often, and reads this much faster.",
        scopes=PER_BOT,
    )
    mood_tempo: float = TEMPO.number(
        0.3, 0, 0.9, "", "How much a bot's mood tells on its tempo: at 0.3 the liveliest is 30% quicker than the calm."
    )
    fleet_paused: bool = TEMPO.switch("Kill switch: no bot speaks while this is on.", scopes=FLEET_ONLY)
    tick_interval_s: float = TEMPO.number(
        60.0,
        1,
        86_400,
        "seconds",
        "Mean time between two turns of a bot; each turn is jittered by a quarter.",
        scopes=PER_BOT,
    )
    cooldown_s: float = TEMPO.number(
        45.0, 0, 86_400, "seconds", "A bot rests this long after it spoke, unless it is spoken to.", scopes=PER_BOT
    )
    chat_gap_s: float = TEMPO.number(
        10.0,
        0,
        86_400,
        "seconds",
        "Least time between two messages of bots that nobody asked for, per chat.",
        scopes=PER_CHAT,
    )
    chat_messages_per_min: int = TEMPO.number(
        0,
        0,
        1200,
        "messages",
        "The most that all bots together say in one chat within any minute; 0 sets no limit.",
        scopes=PER_CHAT,
    )
