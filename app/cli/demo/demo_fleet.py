"""The demo's fleet: hand-written personas for the first bots, and variations on them for a crowd."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

from app.domain.fleet.persona import EmotionView
from app.repositories.fleet.personas import HoldingData, PersonaData, StanceData
from app.services.fleet import FleetSpec, NewBot, NewChat

CHAT_TITLES = ("Markets & Coffee", "Linux Corner", "Macro Table", "Chips & Charts", "Evening Round", "Open Desk")
SECOND_NAMES = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper")
THIRD_NAMES = ("", "North", "South", "East", "West")
FIRST_BOT_ID = 7_100_000_000
FIRST_CHAT = -1_002_000_000_000

FAST = {
    "tick_interval_s": 4.0,
    "cooldown_s": 8.0,
    "chat_gap_s": 1.0,
    "speak_probability": 0.95,
    "reply_probability": 0.55,
    "typing_max_s": 3.0,
    "max_words": 30,
    "bot_messages_per_hour": 0,
    "bot_messages_per_day": 0,
    "reading_mean_s": 0.5,
    "reading_max_s": 1.5,
    "answer_reading_max_s": 0.2,
    "people_share": 0.1,
    "talk_backoff": 0.02,
    "topic_gap_s": 5.0,
    "loop_window_min": 1.0,
    "loop_cooloff_min": 1.0,
}
"""Settings for a lively group: an hour's messages in a few minutes. A real fleet's defaults are slower: its bots speak
once a minute at most, keep caps, and leave people at least half of the messages."""

CROWD = {**FAST, "tick_interval_s": 15.0, "cooldown_s": 20.0}
"""Settings for many bots, each of which speaks less often."""


@dataclass(frozen=True, slots=True)
class DemoBot:
    """A bot of the demo, with what the sandbox and Chorus store of it."""

    telegram_user_id: int
    username: str
    display_name: str
    form: NewBot


@dataclass(frozen=True, slots=True)
class DemoFleet:
    """The demo's bots, chats as (Telegram id, title, topics), and the bots of each chat."""

    bots: tuple[DemoBot, ...]
    chats: tuple[tuple[int, str, tuple[str, ...]], ...]
    memberships: tuple[tuple[int, int], ...]

    def as_fleet(self) -> FleetSpec:
        """Returns the cast as the FleetSpec that Chorus is seeded with."""
        return FleetSpec(
            bots=tuple(bot.form for bot in self.bots),
            chats=tuple(
                NewChat(telegram_chat_id=chat_id, title=title, topics=topics, enabled=True)
                for chat_id, title, topics in self.chats
            ),
            memberships=self.memberships,
            settings=FAST if len(self.bots) <= 24 else CROWD,
        )


def make_demo_fleet(bots: int, chats: int) -> DemoFleet:
    """Spreads `bots` bots evenly over `chats` groups; equal numbers give equal casts."""
    personas = json.loads(files(__package__).joinpath("personas.json").read_text(encoding="utf-8"))
    fleet = tuple(_bot(number, personas) for number in range(bots))
    rooms = tuple(_chat(number, fleet[number::chats]) for number in range(chats))
    members = tuple((bot.telegram_user_id, rooms[number % chats][0]) for number, bot in enumerate(fleet))
    return DemoFleet(fleet, rooms, members)


def _bot(number: int, personas: Sequence[dict[str, Any]]) -> DemoBot:
    lap, index = divmod(number, len(personas))
    persona, other = personas[index], personas[(index + lap) % len(personas)]
    name = _name(persona["name"], lap)
    username = f"{name.lower().replace(' ', '_')}_chorus_bot"
    bot_id = FIRST_BOT_ID + number
    digest = hashlib.sha256(f"demo {number}".encode()).hexdigest()
    form = NewBot(
        token=f"{bot_id}:{digest[:35]}",
        persona=PersonaData(
            tone=persona["tone"],
            style=other["style"] if persona.get("language") == other.get("language") else persona["style"],
            language=persona.get("language", "en"),
            words_per_minute=240 + 20 * (number % 6),
            topics=tuple(dict.fromkeys([*persona["topics"], *other["topics"][:lap]])),
            watchlist=tuple(persona["watchlist"]),
            never_do=("give personal investment advice", "claim to be a person"),
            examples=tuple(persona.get("examples", ())),
            emotion=EmotionView(persona["energy"], persona["empathy"], emoji=tuple(persona["emoji"])),
        ),
        stances=tuple(StanceData(topic, text, Decimal(str(sure))) for topic, text, sure in persona["stances"]),
        holdings=tuple(
            HoldingData(symbol.replace(":", "."), Decimal(str(count)), Decimal(str(price)))
            for symbol, count, price in persona["holdings"]
        ),
    )
    return DemoBot(bot_id, username, name, form)


def _name(first: str, lap: int) -> str:
    """Returns a unique name: Ada, then Ada Amber … Ada Juniper, then Ada North Amber and so on."""
    if lap == 0:
        return first
    third, second = divmod(lap - 1, len(SECOND_NAMES))
    parts = [first, THIRD_NAMES[third % len(THIRD_NAMES)], SECOND_NAMES[second]]
    return " ".join(part for part in parts if part)


def _chat(number: int, bots: Sequence[DemoBot]) -> tuple[int, str, tuple[str, ...]]:
    title = CHAT_TITLES[number % len(CHAT_TITLES)] + (f" {number // len(CHAT_TITLES) + 1}" if number >= 6 else "")
    topics = tuple(dict.fromkeys(topic for bot in bots[:4] for topic in bot.form.persona.topics[:1]))
    return FIRST_CHAT - number - 1, title, topics
