"""Replay of an exported chat's messages, at 1 to 1000 times the original speed."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.actions import post_message, register_person
from sandbox.telegram.export import Export, LoggedMessage, find_densest
from sandbox.telegram.records import Chat, Person
from sandbox.telegram.state import State

DENSEST_WINDOW_S = 600.0
"""Seconds of log in which the busiest stretch is searched when no duration is given."""


@dataclass
class Replay:
    """One run of an export in a chat."""

    chat_id: int
    path: str
    speed: float
    export: Export
    for_s: float | None = None
    start: int = 0
    posted: int = 0
    state: str = "running"
    message_ids: dict[int, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)

    @classmethod
    def plan(
        cls, chat: Chat, path: str, export: Export, *, speed: float, densest: bool, for_s: float | None
    ) -> "Replay":
        """Chooses where to start: the first message, or the busiest `for_s * speed` seconds of log."""
        window_s = for_s * speed if for_s is not None else DENSEST_WINDOW_S
        start = find_densest(export.messages, window_s) if densest else 0
        return cls(chat.id, path, speed, export, for_s, start, skipped=dict(export.skipped))

    @property
    def messages(self) -> tuple[LoggedMessage, ...]:
        """The messages to post: from the start to the end of the export or of the given duration."""
        chosen = self.export.messages[self.start :]
        if self.for_s is None:
            return chosen
        end = chosen[0].at + self.for_s * self.speed
        return tuple(message for message in chosen if message.at < end)

    def status(self) -> dict[str, Any]:
        """Returns the replay as the control API shows it."""
        return {
            "state": self.state,
            "path": self.path,
            "speed": self.speed,
            "for_s": self.for_s,
            "posted": self.posted,
            "total": len(self.messages),
            "first_message_id": self.export.messages[self.start].id,
            "skipped": self.skipped,
        }


class Replays:
    """The replays of all chats, one at a time in each."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runs: dict[int, tuple[Replay, asyncio.Task[None]]] = {}

    def find(self, chat_id: int) -> Replay | None:
        """Returns the latest replay of a chat."""
        return self._runs[chat_id][0] if chat_id in self._runs else None

    def begin(self, chat: Chat, replay: Replay) -> None:
        """Starts posting; a replay that runs in this chat is stopped first."""
        self.stop(chat.id)
        self._state.log("replay", chat_id=chat.id, action="begin", path=replay.path, speed=replay.speed)
        self._runs[chat.id] = (replay, asyncio.create_task(self._run(chat, replay)))

    def stop(self, chat_id: int) -> None:
        """Stops a chat's replay, if one runs."""
        if chat_id not in self._runs:
            return
        replay, task = self._runs[chat_id]
        if replay.state == "running":
            task.cancel()
            self._end(replay, "stopped")

    async def close(self) -> None:
        """Stops all replays."""
        for chat_id in self._runs:
            self.stop(chat_id)
        await asyncio.gather(*(task for _replay, task in self._runs.values()), return_exceptions=True)

    def _end(self, replay: Replay, state: str) -> None:
        replay.state = state
        self._state.log("replay", chat_id=replay.chat_id, action=state, posted=replay.posted)

    async def _run(self, chat: Chat, replay: Replay) -> None:
        try:
            await self._post_all(chat, replay)
        except Exception:
            self._end(replay, "failed")
            raise
        self._end(replay, "finished")

    async def _post_all(self, chat: Chat, replay: Replay) -> None:
        messages, began = replay.messages, time.monotonic()
        for message in messages:
            due = began + (message.at - messages[0].at) / replay.speed
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if chat.migrated_to is not None:
                chat = self._state.world.chats[chat.migrated_to]
            self._post(chat, replay, message)

    def _post(self, chat: Chat, replay: Replay, message: LoggedMessage) -> None:
        if message.from_id in self._state.world.bots:
            replay.skipped["of_a_bot"] = replay.skipped.get("of_a_bot", 0) + 1
            return
        posted = post_message(
            self._state,
            chat,
            self._speaker(message),
            message.text,
            source="replay",
            reply_to_message_id=replay.message_ids.get(message.reply_to or 0),
        )
        replay.message_ids[message.id] = posted["message_id"]
        replay.posted += 1

    def _speaker(self, message: LoggedMessage) -> Person:
        """Returns the person of the export's id; known ones keep their username."""
        known = self._state.world.people.get(message.from_id)
        username = known.username if known is not None else None
        return register_person(self._state, message.from_name, username, message.from_id)
