"""Counts of a run by hour and chat; no messages are kept."""

from __future__ import annotations

import math
from collections import Counter

from app.simulation.chats import Said, Speech
from app.simulation.plan import Cast, Plan


class Tally:
    """The counts of a run. Hours are those since its start, times are seconds."""

    def __init__(self, plan: Plan, stage: Cast) -> None:
        self.plan, self.stage = plan, stage
        self.hours = math.ceil(plan.hours)
        self.people = {place.id: [0] * self.hours for place in stage.places}
        self.bots = {place.id: [0] * self.hours for place in stage.places}
        self.spoken = {place.id: dict.fromkeys(place.bot_ids, 0) for place in stage.places}
        self.kinds: Counter[str] = Counter()
        self.depths: Counter[int] = Counter()
        self.longest_alone = 0
        self.silence: Counter[tuple[int, str]] = Counter()
        self.turns_that_spoke = 0
        self.asked = 0
        self.superseded = 0
        self.reactions = 0
        self.waits: Counter[int] = Counter()
        self.least_gap_s = math.inf
        self._last_unasked: dict[int, float] = {}

    def silent(self, at: float, reason: str) -> None:
        """Counts a silent tick."""
        self.silence[self._hour(at), reason] += 1

    def spoke(self) -> None:
        """Counts a tick with a plan."""
        self.turns_that_spoke += 1

    def person_said(self, at: float, chat_id: int, said: Said) -> None:
        """Counts a person's message."""
        self.people[chat_id][self._hour(at)] += 1
        self._note_depth(said)

    def bot_said(self, at: float, speech: Speech, said: Said) -> None:
        """Counts a bot's message."""
        self.bots[speech.chat_id][self._hour(at)] += 1
        self.spoken[speech.chat_id][speech.bot_id] += 1
        kind = "answers" if not speech.ambient else "replies" if speech.target else "topics"
        self.kinds[kind] += 1
        self._note_depth(said)
        self.longest_alone = max(self.longest_alone, said.alone)
        if speech.asked_at is not None:
            self.waits[round(at - speech.asked_at)] += 1
        if speech.ambient:
            before = self._last_unasked.get(speech.chat_id, -math.inf)
            self.least_gap_s = min(self.least_gap_s, at - before)
            self._last_unasked[speech.chat_id] = at

    def _note_depth(self, said: Said) -> None:
        if said.depth:
            self.depths[said.depth] += 1

    def _hour(self, at: float) -> int:
        return min(int(at // 3600), self.hours - 1)
