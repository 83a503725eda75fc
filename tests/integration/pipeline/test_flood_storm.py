"""Delivery as it runs, against the sandbox over HTTP: a 429 that Redis forgets, judged by the sandbox's journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from app.adapters.clock import SystemClock
from app.adapters.redis.flood import RedisFloodLimiter
from app.adapters.telegram.bot_api import BotApi
from app.models import Bot, Chat, Membership, Utterance
from app.services.delivery import DeliveryPorts, deliver
from tests.builders import fetch, make_bot, make_chat, make_utterance
from tests.integration.sandbox_telegram.harness import Sandbox, running_sandbox, token_of
from tests.waiting import wait_until

RETRY_AFTER_S = 2
BOTS = (100001, 100002)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path / "telegram.jsonl") as running:
        yield running


@pytest.fixture
def live(pipeline, sandbox: Sandbox, cache) -> DeliveryPorts:
    """Delivery with the real adapters: the Bot API over HTTP, the buckets in Redis, the time of day."""
    pipeline.clock = SystemClock()
    cache.set("flood:born", 10**12)
    api = BotApi(f"http://127.0.0.1:{sandbox.ports.port}")
    return replace(pipeline.delivery, telegram=api, flood=RedisFloodLimiter(cache))


@pytest.fixture
def room(pipeline, sandbox: Sandbox) -> Chat:
    """A chat of the sandbox with two bots, each with a text that is ready."""
    chat_id = sandbox.add_chat(*(sandbox.add_bot(number) for number in BOTS))
    bots = [make_bot(pipeline.sessions, f"Bot {number}") for number in BOTS]
    chat = make_chat(pipeline.sessions, *bots)
    now = pipeline.clock.now()
    with pipeline.sessions.begin() as session:
        session.get(Chat, chat.id).telegram_chat_id = chat_id
        for bot, number in zip(bots, BOTS, strict=True):
            session.get(Bot, bot.id).token_encrypted = f"sealed:{token_of(number)}"
    for bot in bots:
        make_utterance(
            pipeline.sessions, bot, chat, urgency="interactive", send_at=now, available_at=now, planned_at=now
        )
    chat.telegram_chat_id = chat_id
    return chat


def test_a_refused_bot_waits_as_told_though_redis_forgot_it_and_the_other_one_speaks_meanwhile(
    pipeline, live, sandbox, room, cache
):
    sandbox.fault("flood", bot_id=BOTS[0], retry_after=RETRY_AFTER_S, count=1)

    def look_until(reached):
        wait_until(lambda: deliver(live) or reached(sandbox.calls("sendMessage")))

    look_until(lambda calls: any(call.get("retry_after") for call in calls))
    for rest in cache.scan_iter("flood:rest:*"):
        cache.delete(rest)
    look_until(lambda calls: len(calls) == 3)
    calls = sandbox.calls("sendMessage")
    [refused] = [call for call in calls if call.get("retry_after")]
    [own] = [call for call in calls if call["bot_id"] == BOTS[0] and not call.get("retry_after")]
    [other] = [call for call in calls if call["bot_id"] == BOTS[1]]
    assert own["t0"] - refused["t"] >= RETRY_AFTER_S
    assert other["t0"] < own["t0"]
    assert fetch(pipeline.sessions, select(Utterance.state)) == ["sent", "sent"]
    assert sorted(fetch(pipeline.sessions, select(Membership.rate_factor))) == [0.5, 1.0]
    assert len(sandbox.messages(room.telegram_chat_id)) - len(BOTS) == len(BOTS)
