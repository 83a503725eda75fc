"""A 429 slows one bot in one chat, outlives a lost Redis, and wears off."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import RetryAfter
from app.domain.ports import Grant
from app.models import Membership
from app.repositories.utterances import delivery
from app.services.delivery import deliver
from app.services.settings.values import write_settings
from tests.builders import NOW, end, fetch, make_bot, make_chat, make_utterance, refetch
from tests.fakes import FakeLimiter


def refuse(pipeline, bot, chat, seconds=30.0):
    """One send that is answered with 429."""
    utterance = make_utterance(pipeline.sessions, bot, chat, send_at=pipeline.clock.now())
    pipeline.telegram.errors = [RetryAfter(seconds)]
    deliver(pipeline.delivery)
    return utterance


def membership(pipeline, bot):
    [row] = fetch(pipeline.sessions, select(Membership).where(Membership.bot_id == bot.id))
    return row


def test_a_429_halves_the_pace_and_the_rest_is_a_due_time_in_postgres(pipeline, bot, chat):
    utterance = refuse(pipeline, bot, chat)
    row = refetch(pipeline.sessions, utterance)
    until = NOW + dt.timedelta(seconds=30)
    assert (row.state, row.available_at) == ("ready", until)
    assert (membership(pipeline, bot).rate_factor, membership(pipeline, bot).rate_limited_until) == (0.5, until)
    assert pipeline.flood.rests == [30.0]


def test_a_rest_that_redis_forgot_is_kept_for_the_bots_next_text_too(pipeline, bot, chat):
    utterance = refuse(pipeline, bot, chat)
    pipeline.flood = FakeLimiter()
    end(pipeline.sessions, utterance, "discarded")
    later = make_utterance(pipeline.sessions, bot, chat)
    pipeline.clock.pass_seconds(29)
    deliver(pipeline.delivery)
    with pipeline.sessions.begin() as session:
        assert not delivery.claim_send(session, later.id, pipeline.clock.now(), pipeline.clock.now())
    assert (pipeline.telegram.sent, pipeline.telegram.typing) == ([], [])
    pipeline.clock.pass_seconds(1)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_only_that_bot_rests_and_only_in_that_chat(pipeline, bot, chat):
    elsewhere = make_chat(pipeline.sessions, bot, title="Elsewhere")
    other = make_bot(pipeline.sessions, "Bob")
    with pipeline.sessions.begin() as session:
        session.add(Membership(bot_id=other.id, chat_id=chat.id))
    refused = refuse(pipeline, bot, chat)
    end(pipeline.sessions, refused, "discarded")
    make_utterance(pipeline.sessions, bot, elsewhere)
    make_utterance(pipeline.sessions, other, chat)
    deliver(pipeline.delivery)
    deliver(pipeline.delivery)
    assert {chat_id for _, chat_id, _, _ in pipeline.telegram.sent} == {
        elsewhere.telegram_chat_id,
        chat.telegram_chat_id,
    }
    assert pipeline.flood.taken[-2:] == [(1.0, 0), (1.0, 0)]


def test_the_pace_scales_the_buckets_and_recovers_with_each_quiet_minute(pipeline, bot, chat):
    refuse(pipeline, bot, chat)
    pipeline.clock.pass_seconds(30 + 120)
    pipeline.flood.grants = [Grant(False, 5.0)]
    deliver(pipeline.delivery)
    assert pipeline.flood.taken[-1][0] == pytest.approx(0.7)
    pipeline.clock.pass_seconds(600)
    deliver(pipeline.delivery)
    assert pipeline.flood.taken[-1][0] == 1.0


def test_429_after_429_slows_down_to_a_tenth(pipeline, bot, chat):
    for _ in range(6):
        with pipeline.sessions.begin() as session:
            for row in session.scalars(select(Membership)):
                row.rate_limited_until = row.rate_limited_until and pipeline.clock.now()
        utterance = refuse(pipeline, bot, chat, 1.0)
        end(pipeline.sessions, utterance, "discarded")
    assert membership(pipeline, bot).rate_factor == 0.1


def test_a_429_to_typing_counts_as_one_and_puts_the_text_off(pipeline, bot, chat):
    typed = make_utterance(pipeline.sessions, bot, chat, send_at=NOW + dt.timedelta(seconds=8))
    pipeline.telegram.typing_errors = [RetryAfter(20)]
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, typed)
    assert (row.state, row.available_at, row.lease_until) == ("ready", NOW + dt.timedelta(seconds=20), None)
    assert membership(pipeline, bot).rate_factor == 0.5
    pipeline.clock.pass_seconds(20)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_typing_without_room_in_the_tokens_bucket_is_left_out_and_delays_nothing(pipeline, bot, chat):
    make_utterance(pipeline.sessions, bot, chat, send_at=NOW + dt.timedelta(seconds=3))
    pipeline.flood.action_grants = [Grant(False, 0.04)]
    deliver(pipeline.delivery)
    assert pipeline.telegram.typing == []
    pipeline.clock.pass_seconds(3)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_the_operators_cap_of_a_chat_reaches_the_limiter(pipeline, bot, chat):
    write_settings(pipeline.sessions, {"chat_messages_per_min": 12}, "test", pipeline.clock)
    make_utterance(pipeline.sessions, bot, chat)
    deliver(pipeline.delivery)
    assert pipeline.flood.taken == [(1.0, 12)]
