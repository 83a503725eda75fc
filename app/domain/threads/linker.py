"""Incremental linking of each message of a chat to the one it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from app.domain.analysis.letters import fold_letters
from app.domain.threads.messages import ThreadMessage
from app.domain.threads.network import Model, load_model
from app.domain.threads.pairs import PAIR_NUMBERS, Numbers, describe_arrival, describe_pair
from app.domain.threads.reading import Reader, Reading, names_of
from app.domain.threads.room import Arrival, Conversation, Line, Room, Speaker

RECENT = 30
"""Newest lines that are always candidates; older ones only if they are by the people concerned."""

REMEMBERED = 200
REMEMBERED_IDS = 5000
PACE_LINES = 20
UNKNOWN_PACE_S = 60.0


class Linker:
    """Links the next line of a chat to one of the last 200. Feed it each message once, in the order of ids."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or load_model()
        self._reader = Reader(self._model.rarity, self._model.unseen)
        self._room = Room(REMEMBERED)
        self._seen: dict[int, Line | None] = {}

    def link(self, message: ThreadMessage) -> int:
        """Returns the id of the message that `message` answers; its own id when it starts a conversation.

        An explicit reply to an earlier message is used as it is. A service message answers nothing.
        """
        express = message.reply_to if message.reply_to in self._seen and message.reply_to != message.id else None
        if message.is_service:
            self._remember(message.id, None)
            return message.id if express is None else express
        new = self.arrive(message)
        old = self._guess(new) if express is None else self._seen[express]
        self.settle(message, new, old)
        return express if express is not None else (old.id if old else message.id)

    def arrive(self, message: ThreadMessage) -> Arrival:
        """Returns the message with its context in the room, before it is linked."""
        lines = self._room.lines
        speaker = self._room.enter(fold_letters(message.author).strip(), names_of(message.author, message.username))
        reading = self._reader.read(message.text, self._room.names)
        last = list(islice(reversed(lines), PACE_LINES))
        gaps = [newer.seconds - older.seconds for newer, older in pairwise(last)]
        return Arrival(
            number=self._room.count + 1,
            seconds=max(message.seconds, lines[-1].seconds) if lines else message.seconds,
            speaker=speaker,
            reading=reading,
            pace=max(1.0, sum(gaps) / len(gaps)) if gaps else UNKNOWN_PACE_S,
            voices=len({line.speaker.key for line in last}),
            partner=self._partner(speaker, reading),
        )

    def candidates(self, new: Arrival) -> list[Line]:
        """Returns the lines that `new` may answer, newest first."""
        room = self._room
        if not room.lines:
            return []
        recent = list(islice(reversed(room.lines), RECENT))
        people = [new.speaker, *(room.speakers[key] for key in new.reading.named)]
        far = {line.number: line for one in people for line in (*one.lines, *one.heard)}
        first, last = room.lines[0].number, recent[-1].number
        return recent + [far[number] for number in sorted(far, reverse=True) if first <= number < last]

    def describe(self, new: Arrival, old: Sequence[Line]) -> list[Numbers]:
        """Returns a row of features for starting a conversation, and one for answering each line of `old`."""
        own = describe_arrival(new)
        blank = (0.0,) * PAIR_NUMBERS
        return [(1.0, *own, *blank), *((0.0, *own, *describe_pair(new, line, self._reader)) for line in old)]

    def settle(self, message: ThreadMessage, new: Arrival, old: Line | None) -> None:
        """Stores the message as an answer to `old`, or as the start of a conversation."""
        line = Line(
            id=message.id,
            number=new.number,
            seconds=new.seconds,
            speaker=new.speaker,
            reading=new.reading,
            conversation=old.conversation if old else Conversation(),
            answers_to=old.speaker if old else None,
            named_there=old.reading.named if old else frozenset(),
        )
        if old:
            old.answers += 1
            old.answered_by = new.speaker.key
        line.conversation.take(new.speaker.key, new.reading.words, new.number)
        forgotten = self._room.add(line)
        if forgotten:
            self._seen[forgotten.id] = None
        self._remember(message.id, line)

    def _guess(self, new: Arrival) -> Line | None:
        old = self.candidates(new)
        if not old:
            return None
        best = int(self._model.score(self.describe(new, old)).argmax())
        return old[best - 1] if best else None

    def _partner(self, speaker: Speaker, reading: Reading) -> Speaker | None:
        """Returns whom the speaker addresses, or else addressed last."""
        key = reading.addressed[0] if reading.addressed else speaker.last_addressee
        return self._room.speakers.get(key) if key and key != speaker.key else None

    def _remember(self, message_id: int, line: Line | None) -> None:
        self._seen[message_id] = line
        if len(self._seen) > REMEMBERED_IDS:
            del self._seen[next(iter(self._seen))]


def link_messages(messages: Iterable[ThreadMessage], model: Model | None = None) -> dict[int, int]:
    """Returns for each message id the id that it answers; its own where it starts a conversation.

    Messages are linked in the order of their ids, which is the order in which Telegram stored them.
    """
    linker = Linker(model)
    return {message.id: linker.link(message) for message in sorted(messages, key=lambda message: message.id)}
