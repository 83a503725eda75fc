"""Long polling: what is stored, acknowledged and left out."""

from __future__ import annotations

import asyncio

import structlog

from app.domain.errors import Unauthorized
from app.domain.ports import PolledBot
from tests.integration.adapters.poller.server import ADA, BOB, body, play, update
from tests.waiting import until


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
