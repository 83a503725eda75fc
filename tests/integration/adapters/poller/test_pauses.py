"""When the poller waits, and how long, and what it tells of it."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from app.domain.errors import AnotherAccount, Conflict, RetryAfter, ServerError, WebhookSet
from app.domain.ingest import pacing
from app.domain.ports import PolledBot
from tests.integration.adapters.poller.server import ADA, BOB, body, play, poller, update
from tests.waiting import until


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
