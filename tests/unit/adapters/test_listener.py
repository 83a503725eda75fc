"""Many bots in one listener: who waits, who is stopped, who comes back, and that nothing is taken before it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from telethon.tl import types

from app.adapters.telegram import listener
from app.adapters.telegram.listener import Listener, Remember, SessionLost, Take
from app.domain.errors import NotConnected, RetryAfter, TelegramError, Unauthorized
from app.domain.ports import ListenedBot
from tests.unit.adapters.telethon_objects import message
from tests.waiting import let_others_run, until

ADA, BOB = ListenedBot(1, 700001, "700001:a", None), ListenedBot(2, 700002, "700002:b", None)


class Keeper:
    """Keeps in memory; `failures` stores fail first."""

    def __init__(self, *bots: ListenedBot) -> None:
        self.listed = list(bots)
        self.stored: list[tuple[int, dict[str, Any]]] = []
        self.sessions: dict[int, str | None] = {}
        self.refusals: list[tuple[int, TelegramError]] = []
        self.failures = 0
        self.looks = 0

    async def bots(self) -> Sequence[ListenedBot]:
        self.looks += 1
        return list(self.listed)

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("Postgres is away")
        self.stored += [(bot_id, update) for update in updates]

    async def remember(self, bot_id: int, session: str | None) -> None:
        self.sessions[bot_id] = session

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        self.refusals.append((bot_id, error))
        self.listed = [bot for bot in self.listed if bot.bot_id != bot_id]


class Air:
    """Connections whose ends a test plans: by bot, the errors to raise in turn; then they stay open."""

    def __init__(self) -> None:
        self.ends: dict[int, list[Exception]] = {}
        self.opened: list[ListenedBot] = []
        self.open: dict[int, Take] = {}
        self.remembers: dict[int, Remember] = {}

    def connect(self, bot: ListenedBot) -> Line:
        self.opened.append(bot)
        return Line(self, bot)

    def times(self, bot: ListenedBot) -> int:
        return sum(opened.bot_id == bot.bot_id for opened in self.opened)


class Line:
    """One of the air's connections."""

    def __init__(self, air: Air, bot: ListenedBot) -> None:
        self._air, self._bot = air, bot

    async def receive(self, take: Take, remember: Remember) -> None:
        ends = self._air.ends.get(self._bot.bot_id)
        if ends:
            raise ends.pop(0)
        self._air.open[self._bot.bot_id] = take
        self._air.remembers[self._bot.bot_id] = remember
        try:
            await asyncio.Event().wait()
        finally:
            del self._air.open[self._bot.bot_id]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "BACKOFF_S", (0.01, 0.02, 0.04))


async def look_again(keeper: Keeper, times: int = 10) -> None:
    """Waits until the listener has looked at its bots that often from now on."""
    seen = keeper.looks
    await until(lambda: keeper.looks >= seen + times)


def during(keeper: Keeper, air: Air, story: Callable[[], Awaitable[None]]) -> None:
    """Lets `story` happen while the listener runs; its end must leave no connection open."""

    async def tell() -> None:
        running = asyncio.create_task(Listener(air.connect, keeper).run(refresh_s=0.01))
        try:
            await story()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert not air.open

    asyncio.run(tell())


def said(number: int) -> types.UpdateNewChannelMessage:
    return types.UpdateNewChannelMessage(message(id=number), pts=number, pts_count=1)


def numbers(keeper: Keeper, bot: ListenedBot) -> list[int]:
    return [update["message"]["message_id"] for bot_id, update in keeper.stored if bot_id == bot.bot_id]


def test_many_bots_are_heard_at_once_each_with_its_own_updates() -> None:
    keeper, air = Keeper(ADA, BOB), Air()

    async def story() -> None:
        await until(lambda: len(air.open) == 2)
        await air.open[1]([said(1), said(2)])
        await air.open[2]([said(3)])

    during(keeper, air, story)
    assert (numbers(keeper, ADA), numbers(keeper, BOB)) == ([1, 2], [3])


def test_a_flood_wait_makes_only_its_bot_rest_and_for_as_long_as_telegram_says() -> None:
    keeper, air = Keeper(ADA, BOB), Air()
    air.ends[1] = [RetryAfter(3600)]

    async def story() -> None:
        await until(lambda: 2 in air.open)
        await look_again(keeper)

    during(keeper, air, story)
    assert (air.times(ADA), air.times(BOB)) == (1, 1)


def test_after_a_flood_wait_the_bot_is_heard_again() -> None:
    keeper, air = Keeper(ADA), Air()
    air.ends[1] = [RetryAfter(0.05)]

    during(keeper, air, lambda: until(lambda: 1 in air.open))
    assert air.times(ADA) == 2


def test_a_broken_connection_is_tried_again_after_growing_pauses_and_stops_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keeper, air, pauses = Keeper(ADA, BOB), Air(), []
    air.ends[1] = [NotConnected("away"), RuntimeError("odd"), NotConnected("away")]
    monkeypatch.setattr(listener, "BACKOFF_S", (1.0, 2.0, 5.0))

    async def noted(seconds: float) -> None:
        pauses.append(seconds)
        await let_others_run(1)

    monkeypatch.setattr(listener.asyncio, "sleep", noted)
    during(keeper, air, lambda: until(lambda: {1, 2} <= air.open.keys()))
    assert air.times(BOB) == 1
    assert [pause for pause in pauses if pause >= 1.0] == [1.0, 2.0, 5.0]


def test_a_refused_token_takes_its_bot_out_of_service_and_is_not_tried_again() -> None:
    keeper, air = Keeper(ADA, BOB), Air()
    air.ends[1] = [Unauthorized("refused")]

    async def story() -> None:
        await until(lambda: keeper.refusals and 2 in air.open)
        await look_again(keeper)

    during(keeper, air, story)
    assert [bot_id for bot_id, _ in keeper.refusals] == [1]
    assert air.times(ADA) == 1


def test_a_lost_session_is_forgotten_and_the_next_connection_signs_in_anew() -> None:
    keeper, air = Keeper(ListenedBot(1, 700001, "700001:a", "stale")), Air()
    air.ends[1] = [SessionLost("revoked")]

    during(keeper, air, lambda: until(lambda: 1 in air.open))
    assert [bot.session for bot in air.opened] == ["stale", None]
    assert keeper.sessions == {1: None}


def test_a_reconnection_goes_on_from_the_session_that_was_kept_last() -> None:
    keeper, air = Keeper(ADA), Air()
    air.ends[1] = []

    async def story() -> None:
        await until(lambda: 1 in air.open)
        await air.remembers[1]("fresh")
        keeper.listed = []
        await until(lambda: 1 not in air.open)

    during(keeper, air, story)
    assert keeper.sessions == {1: "fresh"}


def test_updates_count_as_taken_only_once_they_are_stored() -> None:
    keeper, air = Keeper(ADA), Air()
    keeper.failures = 3

    async def story() -> None:
        await until(lambda: 1 in air.open)
        await air.open[1]([said(1)])
        assert numbers(keeper, ADA) == [1]

    during(keeper, air, story)


def test_an_update_that_cannot_be_read_is_kept_by_its_kind_and_stops_none_behind_it() -> None:
    keeper, air = Keeper(ADA), Air()

    async def story() -> None:
        await until(lambda: 1 in air.open)
        await air.open[1]([types.UpdateNewChannelMessage(message(date=None), 1, 1), said(2)])

    during(keeper, air, story)
    odd, good = (update for _, update in keeper.stored)
    assert odd["mtproto"]["kind"] == "UpdateNewChannelMessage"
    assert good["message"]["message_id"] == 2


def test_a_bot_that_leaves_the_fleet_is_no_longer_heard_and_a_new_one_is() -> None:
    keeper, air = Keeper(ADA), Air()

    async def story() -> None:
        await until(lambda: air.open.keys() == {1})
        keeper.listed = [BOB]
        await until(lambda: air.open.keys() == {2})

    during(keeper, air, story)
