"""A Bot API server that knows getUpdates, and the callbacks of a poller."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from app.adapters.telegram.updates import Poller
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.ports import PolledBot
from tests.waiting import patience

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
