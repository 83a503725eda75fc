from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import pytest
import structlog
from aiohttp import web

from app.adapters.telegram import updates
from app.adapters.telegram.updates import Poller
from app.domain.errors import AnotherAccount, Conflict, RetryAfter, ServerError, Unauthorized, WebhookSet
from app.domain.ingest import pacing
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.ports import PolledBot
from tests.waiting import patience, until

ADA, BOB = "7654321098:AAH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12", "7654321099:BBH9xyzABCdefGHIjklMNOpqrSTUvwxYZ12"


class Feed:
    """A Bot API server that knows getUpdates: updates by token, answers that a test puts in their place."""

    def __init__(self):
        self.updates = {ADA: [], BOB: []}
        self.instead = {}
        self.calls = []
        self.news = asyncio.Event()
        self.longest_s = 0.02
        self.answers_as = None
        self.heeds_offset = True

    async def get_me(self, request):
        if self.answers_as is None:
            return web.Response(status=404, text="no such method")
        return web.json_response({"ok": True, "result": {"id": self.answers_as, "is_bot": True}})

    async def get_updates(self, request):
        token, params = request.match_info["token"], await request.json()
        self.calls.append((token, params["offset"], time.monotonic()))
        assert params["allowed_updates"] == list(ALLOWED_UPDATES)
        if self.instead.get(token):
            status, body = self.instead[token].pop(0)
            return web.Response(status=status, body=body, content_type="application/json")
        first = params["offset"] if self.heeds_offset else 0
        waiting = [update for update in self.updates[token] if update["update_id"] >= first]
        if not waiting:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), self.longest_s)
        return web.json_response({"ok": True, "result": waiting})

    def offsets(self, token):
        return [offset for called, offset, _ in self.calls if called == token]


class Recorder:
    """The poller's callbacks: what was stored and who was refused; `failures` stores raise first."""

    def __init__(self):
        self.stored = []
        self.refusals = []
        self.failures = 0
        self.hold = None
        self.listed = [PolledBot(1, ADA, 5)]
        self.noticed = []

    async def notice(self, bot_id, error):
        self.noticed.append(error)

    async def bots(self):
        return self.listed

    async def store(self, bot_id, brought):
        if self.hold:
            await self.hold.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("Postgres went away")
        self.stored.append((bot_id, [update["update_id"] for update in brought]))

    async def refused(self, bot_id, error):
        self.refusals.append((bot_id, error))
        self.listed = [bot for bot in self.listed if bot.bot_id != bot_id]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(updates, "BACKOFF_S", (0.02, 0.04, 0.08))
    monkeypatch.setattr(pacing, "PAUSES_S", (0.01, 0.02))


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
def recorder():
    return Recorder()


def body(status, text=""):
    return f'{{"ok": false, "error_code": {status}, "description": "{text}"}}'


def poller(url, recorder):
    return Poller(url, 1, recorder.store, recorder.refused, recorder.notice)


def play(feed, recorder, scene):
    """Runs a poller against the feed while `scene` plays, then cancels it."""

    async def main():
        async with serving(feed) as url:
            work = asyncio.create_task(poller(url, recorder).run(recorder.bots, 0.02))
            try:
                await asyncio.wait_for(scene(work), patience(10))
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
            assert not [task for task in asyncio.all_tasks() if "Poller" in repr(task.get_coro())]

    asyncio.run(main())


@asynccontextmanager
async def serving(feed):
    app = web.Application()
    app.router.add_post("/bot{token}/getUpdates", feed.get_updates)
    app.router.add_post("/bot{token}/getMe", feed.get_me)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def update(number):
    return {"update_id": number, "message": {}}


def test_updates_are_stored_once_and_the_next_call_acknowledges_them(feed, recorder):
    feed.updates[ADA] = [update(5), update(6)]

    async def scene(work):
        await until(lambda: len(feed.offsets(ADA)) >= 3)

    play(feed, recorder, scene)
    assert recorder.stored == [(1, [5, 6])]
    assert feed.offsets(ADA)[:3] == [5, 7, 7]


def test_telegram_is_told_nothing_before_the_store_has_committed(feed, recorder):
    feed.updates[ADA] = [update(5)]
    recorder.listed = [PolledBot(1, ADA, 5), PolledBot(2, BOB, 0)]

    async def scene(work):
        recorder.hold = asyncio.Event()
        await until(lambda: feed.offsets(ADA) and len(feed.offsets(BOB)) >= 5)
        assert feed.offsets(ADA) == [5]
        recorder.hold.set()
        await until(lambda: 6 in feed.offsets(ADA))

    play(feed, recorder, scene)


def test_updates_that_could_not_be_stored_are_asked_for_again(feed, recorder):
    feed.updates[ADA] = [update(5)]
    recorder.failures = 2

    async def scene(work):
        await until(lambda: 6 in feed.offsets(ADA))

    play(feed, recorder, scene)
    assert feed.offsets(ADA)[:4] == [5, 5, 5, 6]
    assert recorder.stored == [(1, [5])]


def test_a_revoked_token_is_reported_once_and_stops_that_bot_only(feed, recorder):
    recorder.listed = [PolledBot(1, ADA, 0), PolledBot(2, BOB, 0)]
    feed.instead[ADA] = [(401, body(401, "Unauthorized"))] * 9

    async def scene(work):
        await until(lambda: len(feed.offsets(BOB)) >= 8)

    play(feed, recorder, scene)
    [(bot_id, error)] = recorder.refusals
    assert bot_id == 1
    assert isinstance(error, Unauthorized)
    assert len(feed.offsets(ADA)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (409, body(409, "terminated by other getUpdates request")),
        (500, body(500)),
        (502, "<html>"),
        (200, "<html>"),
        (200, "[]"),
        (200, '{"ok": true}'),
        (200, '{"ok": true, "result": 5}'),
        (200, "[" * 20_000),
        (403, body(403)),
    ],
)
def test_a_bad_answer_is_asked_again_after_growing_pauses(feed, recorder, answer):
    feed.instead[ADA] = [answer] * 3
    feed.updates[ADA] = [update(5)]

    async def scene(work):
        await until(lambda: recorder.stored)

    play(feed, recorder, scene)
    assert feed.offsets(ADA)[:4] == [5, 5, 5, 5]
    at = [called for _, _, called in feed.calls]
    assert at[1] - at[0] >= 0.02
    assert at[2] - at[1] >= 0.04
    assert at[3] - at[2] >= 0.08


def test_a_429_is_waited_out(feed, recorder):
    feed.instead[ADA] = [(429, '{"ok": false, "error_code": 429, "parameters": {"retry_after": 0.3}}')]
    feed.updates[ADA] = [update(5)]

    async def scene(work):
        await until(lambda: recorder.stored)

    play(feed, recorder, scene)
    assert feed.calls[1][2] - feed.calls[0][2] >= 0.3


def test_what_is_no_update_among_updates_is_left_out(feed, recorder):
    feed.instead[ADA] = [
        (
            200,
            '{"ok": true, "result": [5, null, {"message": {}}, {"update_id": "7"}, '
            '{"update_id": 1e3}, {"update_id": true}, {"update_id": 99999999999999999999}, {"update_id": 8}]}',
        )
    ]

    async def scene(work):
        await until(lambda: 9 in feed.offsets(ADA))

    play(feed, recorder, scene)
    assert recorder.stored == [(1, [8])]


def deep():
    return "[" * 50_000


@pytest.mark.parametrize("heeds_offset", [True, False], ids=["nothing", "the same updates"])
def test_a_server_that_answers_at_once_with_nothing_new_is_asked_with_pauses(feed, recorder, heeds_offset, monkeypatch):
    monkeypatch.setattr(pacing, "PAUSES_S", (0.02, 0.05, 0.1))
    feed.longest_s, feed.heeds_offset = 0, heeds_offset
    feed.updates[ADA] = [update(3)] if heeds_offset else [update(3), update(4)]

    async def scene(work):
        await until(lambda: len(feed.calls) >= 7)

    with structlog.testing.capture_logs() as logged:
        play(feed, recorder, scene)
    at = [called for _, _, called in feed.calls]
    assert at[6] - at[0] >= 0.02 + 0.05 + 3 * 0.1
    assert recorder.stored == ([] if heeds_offset else [(1, [3, 4])])
    assert [line["event"] for line in logged] == ["poll_answered_early"]


def test_numbers_that_begin_anew_after_a_week_of_silence_are_followed(feed, recorder):
    recorder.listed = [PolledBot(1, ADA, 900)]
    feed.instead[ADA] = [(200, '{"ok": true, "result": [{"update_id": 17}]}')]

    async def scene(work):
        await until(lambda: 18 in feed.offsets(ADA))

    play(feed, recorder, scene)
    assert recorder.stored == [(1, [17])]


def test_a_server_that_takes_the_token_for_another_bots_is_not_polled(feed, recorder):
    feed.answers_as = 7654321099

    async def scene(work):
        await until(lambda: len(recorder.noticed) >= 3)
        assert feed.calls == []
        feed.answers_as = 7654321098
        await until(lambda: len(feed.calls) >= 2)

    play(feed, recorder, scene)
    assert all(isinstance(error, AnotherAccount) for error in recorder.noticed[:3])
    assert "answered for another bot (number 7654321099)" in str(recorder.noticed[0])


def test_what_keeps_updates_away_is_told_apart_and_so_is_that_they_come_again(feed, recorder):
    feed.instead[ADA] = [
        (409, body(409, "Conflict: terminated by other getUpdates request; make sure that only one runs")),
        (409, body(409, "Conflict: can't use getUpdates method while webhook is active")),
        (409, body(409, "Conflict: terminated by setWebhook request")),
        (429, '{"ok": false, "error_code": 429, "parameters": {"retry_after": 0.001}}'),
        (200, deep()),
    ]

    async def scene(work):
        await until(lambda: None in recorder.noticed)

    play(feed, recorder, scene)
    kinds = [type(error) for error in recorder.noticed[: recorder.noticed.index(None)]]
    assert kinds == [Conflict, WebhookSet, WebhookSet, RetryAfter, ServerError]
    at = [called for _, _, called in feed.calls]
    assert at[4] - at[3] >= 0.08


def test_a_rest_that_an_earlier_poller_was_told_to_keep_is_kept(feed, recorder):
    recorder.listed = [PolledBot(1, ADA, 0, rest_s=3600), PolledBot(2, BOB, 0, rest_s=0.05)]

    async def scene(work):
        await until(lambda: len(feed.offsets(BOB)) >= 3)

    play(feed, recorder, scene)
    assert feed.offsets(ADA) == []


def test_an_update_whose_number_cannot_be_stored_stops_nobody(feed, recorder):
    odd = ["NaN", "9223372036854775807", "1e30", "7.5", '"7"', "true", "null", "[" * 300 + "]" * 300]
    listed = ", ".join(f'{{"update_id": {number}}}' for number in [*odd, 8])
    feed.instead[ADA] = [(200, f'{{"ok": true, "result": [{listed}]}}')]

    async def scene(work):
        await until(lambda: 9 in feed.offsets(ADA))

    with structlog.testing.capture_logs() as logs:
        play(feed, recorder, scene)
    assert recorder.stored == [(1, [8])]
    assert [line["event"] for line in logs] == ["update_unnumbered"] * len(odd)


def test_new_bots_join_and_removed_ones_leave(feed, recorder):
    async def scene(work):
        await until(lambda: feed.offsets(ADA))
        recorder.listed = [PolledBot(2, BOB, 0)]
        await until(lambda: len(feed.offsets(BOB)) >= 3)
        seen = len(feed.offsets(ADA))
        await until(lambda: len(feed.offsets(BOB)) >= 8)
        assert len(feed.offsets(ADA)) == seen

    play(feed, recorder, scene)


def test_a_bot_with_a_new_token_is_polled_with_it(feed, recorder):
    async def scene(work):
        await until(lambda: feed.offsets(ADA))
        recorder.listed = [PolledBot(1, BOB, 0)]
        await until(lambda: feed.offsets(BOB))

    play(feed, recorder, scene)


def test_cancelled_in_the_middle_of_everything_it_stops_at_once(feed, recorder):
    recorder.listed = [PolledBot(1, ADA, 0), PolledBot(2, BOB, 0)]
    feed.instead[BOB] = [(500, body(500))] * 99
    feed.longest_s = 3600

    async def scene(work):
        await until(lambda: feed.offsets(ADA) and len(feed.offsets(BOB)) >= 2)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert work.cancelled()

    play(feed, recorder, scene)


def test_no_failure_tells_a_token(feed, recorder):
    feed.instead[ADA] = [(500, "x"), (409, body(409, "no"))]
    recorder.failures = 1
    feed.updates[ADA] = [update(5)]

    async def scene(work):
        await until(lambda: recorder.stored)

    with structlog.testing.capture_logs() as logged:
        play(feed, recorder, scene)
    assert [line["event"] for line in logged] == ["poll_failed"] * 3
    assert "AAH9" not in str(logged)


def test_while_nobody_listens_it_goes_on_trying_with_pauses(recorder):
    async def main():
        failing = asyncio.create_task(poller("http://127.0.0.1:1", recorder).run(recorder.bots, 0.02))
        await until(lambda: len(logged) >= 5)
        assert not failing.done()
        failing.cancel()
        await asyncio.gather(failing, return_exceptions=True)

    with structlog.testing.capture_logs() as logged:
        asyncio.run(main())
    assert [line["wait_s"] for line in logged[:5]] == [0.02, 0.04, 0.08, 0.08, 0.08]
