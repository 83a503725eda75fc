"""Simulated people: they mention bots and chat, each chat at its own rate, until the time is up."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.simulation.lines import Lines, OutOfWordsError
from app.simulation.phrases import ASKERS, TALKERS
from app.simulation.turns import Rounds, stagger, turn_times
from sandbox.people.town import ChatPlace, Town, TownError

Report = Callable[[str], None]


@dataclass(frozen=True)
class Habits:
    """The people's behaviour; all times in seconds since the start. Mentions end `quiet_end` before the end; an
    interval of 0 means never. Without `chats` or `chatter_chats`, all chats are meant.
    """

    duration: float
    mention_every: float = 6.0
    chatter_every: float = 0.0
    start_after: float = 0.0
    quiet_end: float = 0.0
    chats: tuple[int, ...] = ()
    chatter_chats: tuple[int, ...] = ()


@dataclass
class Tally:
    """Counts of posts and of failed posts."""

    mentions: int = 0
    small_talk: int = 0
    failed: int = 0


@dataclass
class Crowd:
    """The people of a run. `report` is called with each failure; the run continues."""

    town: Town
    habits: Habits
    rng: random.Random
    report: Report
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._lines = Lines(self.rng)
        self._rounds: dict[int, Rounds] = {}
        self._askers: list[int] = []
        self._talkers: list[int] = []

    async def live(self) -> Tally:
        """Posts until the duration is over; returns the counts. Raises TownError when there is no chat to post in."""
        began = asyncio.get_running_loop().time()
        chats = pick_chats(await self.town.chats(), self.habits.chats)
        chatty = pick_chats(chats, self.habits.chatter_chats)
        self._askers = await self._invite(ASKERS, chats)
        self._talkers = await self._invite(TALKERS, chats)
        async with asyncio.TaskGroup() as group:
            for place, chat in enumerate(chats):
                group.create_task(self._ask_in(chat.id, began, place, len(chats)))
            for place, chat in enumerate(chatty):
                group.create_task(self._talk_in(chat.id, began, place, len(chatty)))
        return self.tally

    async def _invite(self, names: Sequence[str], chats: Sequence[ChatPlace]) -> list[int]:
        """Creates people of these names, except those named like a bot; returns their ids."""
        taken = {bot.display.lower() for chat in chats for bot in chat.bots}
        return [await self.town.add_person(*account_of(name)) for name in names if name.lower() not in taken]

    async def _ask_in(self, chat_id: int, began: float, place: int, places: int) -> None:
        habits = self.habits
        end = habits.duration - habits.quiet_end
        first = stagger(habits.start_after, habits.mention_every, place, places)
        for at in turn_times(habits.mention_every, first, end):
            await sleep_until(began + at)
            if asyncio.get_running_loop().time() > began + end:
                break
            await self._attempt(self._ask(chat_id))
        await sleep_until(began + habits.duration)

    async def _talk_in(self, chat_id: int, began: float, place: int, places: int) -> None:
        habits = self.habits
        first = stagger(habits.start_after + habits.chatter_every / 2, habits.chatter_every, place, places)
        for at in turn_times(habits.chatter_every, first, habits.duration):
            await sleep_until(began + at)
            await self._attempt(self._talk(chat_id))

    async def _ask(self, chat_id: int) -> None:
        chat = await self._find(chat_id)
        bot = self._rounds.setdefault(chat_id, Rounds(self.rng)).take(chat.bots)
        if bot is None:
            raise TownError(f"chat {chat_id}: no bot is in it to be spoken to")
        text = self._lines.address(bot)
        await self.town.say(chat_id, self.rng.choice(self._askers), text, f"mention:{bot.id}")
        self.tally.mentions += 1

    async def _talk(self, chat_id: int) -> None:
        chat = await self._find(chat_id)
        names = [name for bot in chat.bots for name in (bot.username, bot.display)]
        await self.town.say(chat_id, self.rng.choice(self._talkers), self._lines.chat(avoid=names))
        self.tally.small_talk += 1

    async def _find(self, chat_id: int) -> ChatPlace:
        """Reads the chat again, since its bots change."""
        return pick_chats(await self.town.chats(), [chat_id])[0]

    async def _attempt(self, action: Coroutine[Any, Any, None]) -> None:
        try:
            await action
        except (TownError, OutOfWordsError) as error:
            self.tally.failed += 1
            self.report(str(error))


def pick_chats(chats: Iterable[ChatPlace], wanted: Iterable[int]) -> list[ChatPlace]:
    """Returns the wanted ones of `chats`, all when none is named. Raises TownError for an unknown one, or no chat."""
    by_id = {chat.id: chat for chat in chats}
    ids = list(wanted) or list(by_id)
    unknown = [chat_id for chat_id in ids if chat_id not in by_id]
    if unknown:
        raise TownError(f"--chat {unknown[0]}: no such chat; there are {', '.join(map(str, by_id)) or 'none'}")
    if not ids:
        raise TownError("--control-url: the sandbox has no chat yet; add one with POST /chats first")
    return [by_id[chat_id] for chat_id in ids]


def account_of(name: str) -> tuple[str, str]:
    """Returns first name and username of a simulated person."""
    plain = "".join(letter for letter in name.lower() if letter.isascii())
    return name, f"{plain}_of_sandbox"


async def sleep_until(at: float) -> None:
    """Waits until a time of the running loop's clock, in seconds."""
    await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
