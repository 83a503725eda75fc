"""The linker's state of a chat: its last lines, their speakers and their conversations."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from app.domain.threads.reading import Reading

KEPT = 6
"""Lines of each speaker that stay candidates at any distance."""

COUNTED = 40
"""Positions stored of each speaker's lines and of the lines that name them; older ones count as infinitely far."""

MOST_WORDS = 300


@dataclass(slots=True, eq=False)
class Speaker:
    """A person or bot of the chat; `names` are all their names."""

    key: str
    names: set[str] = field(default_factory=set)
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT))
    heard: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT))
    said_at: list[int] = field(default_factory=list)
    named_at: list[int] = field(default_factory=list)
    spoken_to: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    last_addressee: str | None = None

    def said_since(self, number: int) -> int:
        """Counts their lines after line `number`."""
        return len(self.said_at) - bisect_right(self.said_at, number)

    def named_since(self, number: int) -> int:
        """Counts the lines after line `number` that name them."""
        return len(self.named_at) - bisect_right(self.named_at, number)


@dataclass(slots=True, eq=False)
class Conversation:
    """Lines that answer one another; `last` is the number of the newest."""

    speakers: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    size: int = 0
    last: int = 0

    def take(self, speaker: str, words: frozenset[str], number: int) -> None:
        """Adds a line."""
        self.speakers.add(speaker)
        if len(self.words) < MOST_WORDS:
            self.words |= words
        self.size += 1
        self.last = number


@dataclass(slots=True, eq=False)
class Line:
    """A message that was read; `number` counts the lines of the chat, without service messages.

    Of the line it answers, if any, only the speaker and the named people are kept, so that no chain of lines is held.
    """

    id: int
    number: int
    seconds: float
    speaker: Speaker
    reading: Reading
    conversation: Conversation
    answers_to: Speaker | None = None
    named_there: frozenset[str] = frozenset()
    answers: int = 0
    answered_by: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new line, before it is linked.

    `pace` is the mean of seconds between the last lines, `voices` the number of their speakers, `partner` is whom the
    speaker talks to, by addresses.
    """

    number: int
    seconds: float
    speaker: Speaker
    reading: Reading
    pace: float
    voices: int
    partner: Speaker | None

    @property
    def last_own(self) -> Line | None:
        """Returns the speaker's last line."""
        return self.speaker.lines[-1] if self.speaker.lines else None


class Room:
    """The last `size` lines of a chat and their speakers; those without a line among them are dropped."""

    def __init__(self, size: int) -> None:
        self.lines: deque[Line] = deque()
        self.speakers: dict[str, Speaker] = {}
        self.names: dict[str, str] = {}
        self.count = 0
        self._size = size

    def enter(self, key: str, names: set[str]) -> Speaker:
        """Returns the speaker `key`, adding new ones; of two who share a name, the one who spoke last has it."""
        speaker = self.speakers.setdefault(key, Speaker(key))
        speaker.names |= names
        self.names.update(dict.fromkeys(names, key))
        return speaker

    def add(self, line: Line) -> Line | None:
        """Adds a line and returns the one that is dropped for it, if any."""
        self.count = line.number
        self.lines.append(line)
        self._note_people(line)
        if len(self.lines) <= self._size:
            return None
        oldest = self.lines.popleft()
        if oldest.speaker.lines[-1] is oldest:
            self._forget(oldest.speaker)
        return oldest

    def _note_people(self, line: Line) -> None:
        speaker = line.speaker
        speaker.lines.append(line)
        speaker.turns += 1
        _note_place(speaker.said_at, line.number)
        for key in line.reading.named:
            if key in self.speakers and key != speaker.key:
                self.speakers[key].heard.append(line)
                _note_place(self.speakers[key].named_at, line.number)
                speaker.spoken_to[key] = line.number
        if line.reading.addressed:
            speaker.last_addressee = line.reading.addressed[0]

    def _forget(self, speaker: Speaker) -> None:
        del self.speakers[speaker.key]
        for name in speaker.names:
            if self.names.get(name) == speaker.key:
                del self.names[name]
        for other in self.speakers.values():
            other.spoken_to.pop(speaker.key, None)


def _note_place(places: list[int], number: int) -> None:
    """Appends a position and drops the oldest ones."""
    places.append(number)
    if len(places) > 2 * COUNTED:
        del places[:-COUNTED]
