"""Every conditional claim, with two callers at the same instant: exactly one wins."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress

import pytest
from sqlalchemy import select

from app.models import Utterance
from app.repositories.ingest import inbox, mentions
from app.repositories.schedule import due_ticks
from app.repositories.utterances import delivery, generation
from app.services.ingest.inbox import store_updates
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from tests.builders import (
    NOW,
    fetch,
    make_bot,
    make_chat,
    make_mention,
    make_message,
    make_update,
    make_utterance,
    refetch,
)
from tests.waiting import patience

LEASE = NOW + dt.timedelta(seconds=30)
CALLERS = 4


@pytest.fixture
def race(pipeline):
    """Lets several sessions make the same call at once.

    Each holds its transaction until all have asked, or for 0.3 s when one call waits for another's commit.
    """

    def run(call):
        results, errors = [], []
        ready, asked = threading.Barrier(CALLERS), threading.Barrier(CALLERS)

        def work():
            try:
                with pipeline.sessions.begin() as session:
                    ready.wait(patience(5))
                    results.append(call(session))
                    with suppress(threading.BrokenBarrierError):
                        asked.wait(0.3)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(patience(10))
        assert errors == []
        return results

    return run


def flat(results):
    return [item for result in results for item in result]


def test_a_due_tick_is_claimed_once_and_moved_on(pipeline, race):
    bots = [make_bot(pipeline.sessions, f"Bot{n}") for n in range(6)]
    claimed = flat(race(lambda session: due_ticks.claim_due(session, NOW, 100)))
    assert sorted(tick.bot_id for tick in claimed) == [bot.id for bot in bots]
    assert all(tick.due_at == NOW for tick in claimed)
    with pipeline.sessions.begin() as session:
        assert due_ticks.claim_due(session, NOW, 100) == []
        again = due_ticks.claim_due(session, NOW + dt.timedelta(seconds=75), 100)
    assert len(again) == 6
    assert all(45 <= (tick.due_at - NOW).total_seconds() <= 75 for tick in again)
    assert len({tick.due_at for tick in again}) > 1


def test_only_active_bots_are_claimed(pipeline):
    for status in ("paused", "broken"):
        bot = make_bot(pipeline.sessions)
        with pipeline.sessions.begin() as session:
            session.merge(bot).status = status
    with pipeline.sessions.begin() as session:
        assert due_ticks.claim_due(session, NOW, 100) == []


def test_a_plan_is_claimed_by_one_lane_worker(pipeline, race):
    plans = [
        make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned")
        for bot in (make_bot(pipeline.sessions, f"Bot{n}") for n in range(6))
    ]
    claimed = flat(race(lambda session: generation.claim_planned(session, ["chat.ambient"], NOW, LEASE, 100)))
    assert sorted(claimed) == [plan.id for plan in plans]
    assert {refetch(pipeline.sessions, plan).state for plan in plans} == {"generating"}


def test_a_ready_text_is_leased_by_one_worker_until_its_lease_ends(pipeline, race):
    bot = make_bot(pipeline.sessions)
    make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))
    leased = flat(race(lambda session: delivery.lease_due(session, NOW, LEASE, 4)))
    assert len(leased) == 1
    with pipeline.sessions.begin() as session:
        assert delivery.lease_due(session, LEASE, LEASE, 4) == []
        assert len(delivery.lease_due(session, LEASE + dt.timedelta(seconds=1), LEASE, 4)) == 1


def test_a_send_is_claimed_once(pipeline, race):
    bot = make_bot(pipeline.sessions)
    ready = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))
    claims = race(lambda session: delivery.claim_send(session, ready.id, NOW, LEASE))
    assert sorted(claims) == [False, False, False, True]
    assert refetch(pipeline.sessions, ready).state == "sending"


def test_an_update_is_worked_in_by_one_worker(pipeline, race):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    store_updates(pipeline.ingest, bot.id, [make_update(n, chat, n, "hi") for n in range(1, 6)])
    assert len(flat(race(lambda session: inbox.claim(session, NOW, 100)))) == 5


def test_an_overdue_mention_is_nudged_once(pipeline, race):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    assert len(flat(race(lambda session: mentions.claim_overdue(session, NOW, 8, 100)))) == 1


def test_the_floor_of_a_chat_is_taken_by_one_of_many_bots_at_once(pipeline):
    bots = [make_bot(pipeline.sessions, f"Bot{n}") for n in range(CALLERS)]
    chat = make_chat(pipeline.sessions, *bots)
    write_settings(pipeline.sessions, {"speak_probability": 1.0}, "test", pipeline.clock)
    ready = threading.Barrier(CALLERS)

    def tick(bot):
        ready.wait(patience(5))
        run_tick(pipeline.tick, bot.id, NOW)

    threads = [threading.Thread(target=tick, args=(bot,)) for bot in bots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience(10))
    assert len(fetch(pipeline.sessions, select(Utterance).where(Utterance.chat_id == chat.id))) == 1


def test_one_bot_ticked_many_times_at_once_has_one_utterance(pipeline):
    bot = make_bot(pipeline.sessions)
    chats = [make_chat(pipeline.sessions, bot, title=f"Chat {n}") for n in range(4)]
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chats[0], "Ada?"))
    ready = threading.Barrier(CALLERS)

    def tick(number):
        ready.wait(patience(5))
        run_tick(pipeline.tick, bot.id, NOW + dt.timedelta(seconds=number), mention.id)

    threads = [threading.Thread(target=tick, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience(10))
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1
