"""The parameters of a simulation, and the bots and chats made from them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.fleet.hours import Window
from app.domain.fleet.persona import BotProfile, EmotionView, StanceView
from app.domain.settings import FleetSettings
from app.simulation.phrases import SUBJECTS

START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
"""A Monday, midnight UTC."""

ZONES = ("Europe/Istanbul", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "UTC")
CHATS_A_BOT = (1, 1, 2, 2, 3)
"""Numbers of chats per bot, drawn at random."""

BUSY = (0.25, 0.5, 1.0, 1.0, 1.5, 2.5)
"""Message rates of chats, as multiples of the mean."""

NAMES = (
    "Ada", "Bruno", "Cleo", "Dov", "Esra", "Farid", "Gita", "Horst", "Ilse", "Jun", "Kaya", "Lale", "Milo", "Nika",
    "Orla", "Pia", "Quin", "Rana", "Suna", "Tariq", "Ulla", "Veli", "Wanda", "Xenia", "Yara",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a run. `people_per_hour` is the mean of a chat over a day, in messages."""

    hours: float = 24.0
    bots: int = 200
    chats: int = 20
    seed: int = 1
    people_per_hour: float = 20.0
    settings: FleetSettings = field(default_factory=FleetSettings)
    overrides: Mapping[str, bool | int | float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The simulated duration in seconds."""
        return self.hours * 3600


@dataclass(frozen=True, slots=True)
class Place:
    """A simulated chat: its subjects, its message rate, and its people's time zone (hours ahead of UTC)."""

    id: int
    title: str
    topics: tuple[str, ...]
    busy: float
    ahead_h: int
    bot_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """The bots and chats of a run."""

    profiles: tuple[BotProfile, ...]
    places: tuple[Place, ...]


def cast(plan: Plan, rng: random.Random) -> Cast:
    """Creates the bots and chats of a plan; equal seeds give equal casts."""
    profiles = tuple(_profile(number, rng) for number in range(1, plan.bots + 1))
    members: dict[int, list[int]] = {number: [] for number in range(1, plan.chats + 1)}
    for profile in profiles:
        wanted = min(rng.choice(CHATS_A_BOT), plan.chats)
        # Fill the chats with the fewest bots first, so that no chat stays without bots.
        emptiest = sorted(members, key=lambda number: (len(members[number]), rng.random()))
        for number in emptiest[:wanted]:
            members[number].append(profile.bot_id)
    places = tuple(
        Place(
            id=number,
            title=f"Group {number:02}",
            topics=tuple(rng.sample(SUBJECTS, 3)),
            busy=BUSY[number % len(BUSY)],
            ahead_h=rng.choice((0, 1, 3, 3, 9, -5)),
            bot_ids=tuple(bot_ids),
        )
        for number, bot_ids in members.items()
    )
    return Cast(profiles, places)


def _profile(number: int, rng: random.Random) -> BotProfile:
    name = NAMES[(number - 1) % len(NAMES)] + ("" if number <= len(NAMES) else str((number - 1) // len(NAMES) + 1))
    subjects = rng.sample(SUBJECTS, 6)
    opens = rng.randint(6, 10)
    day = () if rng.random() < 0.2 else (_hours(opens, opens + 15),)
    return BotProfile(
        bot_id=number,
        username=f"{name.lower()}_bot",
        display_name=name,
        tone="made up",
        timezone=rng.choice(ZONES),
        active=day,
        prime=(_hours(18, 22),),
        words_per_minute=rng.randint(120, 320),
        topics=tuple(subjects[:3]),
        emotion=EmotionView(energy=round(rng.random(), 2), empathy=round(rng.random(), 2)),
        stances=tuple(StanceView(subject, "in favour", 0.5) for subject in subjects[3:]),
    )


def _hours(start: int, end: int) -> Window:
    return Window(dt.time(start), dt.time(end % 24))
