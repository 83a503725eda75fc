"""Simulated people: the sandbox's names, subjects and phrases, at rates by hour of day."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.fleet.persona import BotProfile
from app.simulation.chats import Chat, Said
from app.simulation.lines import BotName
from app.simulation.phrases import ASKERS, QUESTIONS, REMARKS, SMALL_TALK, SUBJECTS, TALKERS
from app.simulation.plan import Place
from app.simulation.turns import Rounds

DAY = (
    0.3, 0.15, 0.08, 0.05, 0.05, 0.1, 0.3, 0.7, 1.0, 1.1, 1.1, 1.2,
    1.5, 1.4, 1.1, 1.0, 1.1, 1.3, 1.5, 1.8, 2.0, 1.9, 1.4, 0.8,
)  # fmt: skip
"""Message rate in each hour of the people's local day, as multiples of the mean."""

ADDRESSES_A_BOT = 0.12
REPLIES = 0.45
ASKS_THE_ROOM = 0.3
ANSWERS_A_BOT = 0.35
"""Chance that a person to whom a bot replied writes back."""

WRITES_BACK_S = (15.0, 120.0)
WITHIN_REACH = 6
"""Number of last messages that people reply to."""


@dataclass(frozen=True, slots=True)
class Line:
    """A person's message: its text and subject, the message it replies to and the bot it addresses, if any."""

    author: str
    text: str
    subject: str
    target: Said | None = None
    bot_id: int | None = None


class People:
    """The people of one chat."""

    def __init__(self, place: Place, profiles: Sequence[BotProfile], per_hour: float, rng: random.Random) -> None:
        self._place, self._rng = place, rng
        self._busiest = per_hour * place.busy * max(DAY) / 3600
        self._bots = [BotName(each.bot_id, each.username, each.display_name) for each in profiles]
        self._rounds = Rounds(rng)
        self._names = rng.sample((*ASKERS, *TALKERS), 10)

    def next_at(self, after: float, end: float) -> float | None:
        """Returns seconds of the next message after `after`, None when there is none before `end`: a Poisson process
        whose rate follows the hours of the people's day (thinning, Lewis and Shedler 1979).
        """
        at = after
        while self._busiest > 0 and (at := at + self._rng.expovariate(self._busiest)) < end:
            hour = int(at // 3600 + self._place.ahead_h) % 24
            if self._rng.random() < DAY[hour] / max(DAY):
                return at
        return None

    def speak(self, chat: Chat) -> Line:
        """Returns the next message of a random person."""
        rng, author, roll = self._rng, self._rng.choice(self._names), self._rng.random()
        subject = rng.choice(self._place.topics if rng.random() < 0.7 else SUBJECTS)
        if roll < ADDRESSES_A_BOT and (bot := self._rounds.take(self._bots)) is not None:
            text = f"@{bot.username} {rng.choice((*QUESTIONS, *REMARKS)).format(subject=subject)}"
            return Line(author, text, subject, bot_id=bot.id)
        if roll < ADDRESSES_A_BOT + REPLIES and chat.said:
            target = rng.choice(list(chat.said)[-WITHIN_REACH:])
            return self.reply(author, target)
        phrases = QUESTIONS if rng.random() < ASKS_THE_ROOM else SMALL_TALK
        return Line(author, rng.choice(phrases).format(subject=subject), subject)

    def reply(self, author: str, target: Said) -> Line:
        """Returns a person's reply to a message; a reply to a bot addresses that bot."""
        text = self._rng.choice((*REMARKS, *SMALL_TALK)).format(subject=target.subject)
        return Line(author, text, target.subject, target, target.message.author_bot_id)

    def writes_back_in(self) -> float | None:
        """Returns seconds until a person writes back to the bot that replied, None when nobody does."""
        if self._rng.random() >= ANSWERS_A_BOT:
            return None
        return self._rng.uniform(*WRITES_BACK_S)
