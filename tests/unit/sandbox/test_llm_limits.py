"""The sandbox's limits: never more than a minute allows, never less than it owes, nothing for a refusal."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.llm.limits import WINDOW_S, KeyLimiter, LimitKind, LimitPolicy, RefillMeter, SlidingMeter
from sandbox.llm.wire import limit_headers

KINDS: list[LimitKind] = ["refill", "sliding"]
SLACK = 1e-3

gaps = st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=60)
sizes = st.integers(1, 40)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def admitted_at(limiter: KeyLimiter, pauses: list[float], tokens: int = 0) -> list[float]:
    now, times = 0.0, []
    for pause in pauses:
        now += pause
        if limiter.admit(now, tokens).admitted:
            times.append(now)
    return times


@UNHURRIED
@given(gaps, st.integers(1, 20))
def test_a_sliding_window_never_holds_more_requests_than_the_limit(pauses: list[float], limit: int) -> None:
    times = admitted_at(LimitPolicy(limit, 10**6, "sliding").new_limiter(0.0), pauses)
    for end in times:
        assert sum(end - WINDOW_S < at <= end for at in times) <= limit


@UNHURRIED
@given(gaps, st.integers(1, 20), st.booleans())
def test_a_bucket_never_gives_more_than_it_held_and_refilled(
    pauses: list[float], limit: int, start_empty: bool
) -> None:
    times = admitted_at(LimitPolicy(limit, 10**6, "refill", start_empty).new_limiter(0.0), pauses)
    for first, start in enumerate(times):
        for last, end in enumerate(times[first:], first):
            assert last - first + 1 <= limit + (end - start) * limit / WINDOW_S + SLACK
    if start_empty:
        assert all(place + 1 <= at * limit / WINDOW_S + SLACK for place, at in enumerate(times))


@UNHURRIED
@given(st.lists(st.tuples(st.floats(0, 30), sizes, sizes), min_size=1, max_size=50), st.sampled_from(KINDS))
def test_prompts_are_turned_away_while_completions_overdraw_the_minute(
    calls: list[tuple[float, int, int]], kind: LimitKind
) -> None:
    limiter = LimitPolicy(10**6, 60, kind).new_limiter(0.0)
    now = 0.0
    spent: list[tuple[float, int]] = []
    for pause, prompt, completion in calls:
        now += pause
        if limiter.admit(now, prompt).admitted:
            before = sum(amount for at, amount in spent if now - at < WINDOW_S)
            assert before + prompt <= (60 if kind == "sliding" else 60 + 60 + 40) + SLACK
            limiter.charge(now, completion)
            spent.append((now, prompt + completion))


@UNHURRIED
@given(st.sampled_from(KINDS), st.integers(1, 30), st.lists(st.floats(0, 5), min_size=1, max_size=80))
def test_waiting_as_told_is_always_enough(kind: LimitKind, limit: int, pauses: list[float]) -> None:
    limiter = LimitPolicy(limit, limit * 10, kind).new_limiter(0.0)
    now = 0.0
    for pause in pauses:
        now += pause
        verdict = limiter.admit(now, 10)
        if not verdict.admitted:
            assert 0 < verdict.retry_after <= WINDOW_S + SLACK
            now += verdict.retry_after + 1e-6
            assert limiter.admit(now, 10).admitted


@UNHURRIED
@given(st.sampled_from(KINDS), st.integers(1, 60), st.integers(1, 200))
def test_who_keeps_the_even_pace_is_never_turned_away(kind: LimitKind, limit: int, count: int) -> None:
    limiter = LimitPolicy(limit, limit, kind).new_limiter(0.0)
    assert all(limiter.admit(turn * (WINDOW_S / limit + 1e-6), 1).admitted for turn in range(count))


@UNHURRIED
@given(st.sampled_from(KINDS), st.lists(st.floats(0, 3), min_size=1, max_size=40))
def test_a_refused_request_uses_nothing_up(kind: LimitKind, pauses: list[float]) -> None:
    hammered = LimitPolicy(3, 30, kind).new_limiter(0.0)
    calm = LimitPolicy(3, 30, kind).new_limiter(0.0)
    now = 0.0
    for pause in pauses:
        now += pause
        if hammered.admit(now, 12).admitted:
            assert calm.admit(now, 12).admitted
        assert hammered.standing(now) == calm.standing(now)


@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_that_makes_one_wait_longest_is_named(kind: LimitKind) -> None:
    limiter = LimitPolicy(2, 100, kind).new_limiter(0.0)
    assert limiter.admit(0.0, 90).admitted
    verdict = limiter.admit(0.0, 50)
    assert (verdict.admitted, verdict.limit) == (False, "tokens")
    assert limiter.admit(0.0, 5).admitted
    assert limiter.admit(0.0, 1).limit == "requests"


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_larger_than_a_minute_never_fits(kind: LimitKind) -> None:
    verdict = LimitPolicy(5, 100, kind).new_limiter(0.0).admit(0.0, 101)
    assert not verdict.admitted
    assert math.isinf(verdict.retry_after)


def test_headers_tell_what_is_left_and_when_it_is_whole_again() -> None:
    limiter = LimitPolicy(60, 600).new_limiter(0.0)
    limiter.admit(0.0, 100)
    limiter.charge(0.0, 50)
    standing = limiter.standing(0.0)
    assert (standing.remaining_requests, standing.remaining_tokens) == (59, 450)
    assert (standing.reset_requests, standing.reset_tokens) == pytest.approx((1.0, 15.0))
    assert limiter.standing(15.0).remaining_tokens == 600


def test_an_overdrawn_bucket_shows_no_negative_rest() -> None:
    meter = RefillMeter(10, 0.0)
    meter.take(0.0, 25)
    assert meter.room(0.0) == -15
    limiter = KeyLimiter(SlidingMeter(5), meter)
    assert limiter.standing(0.0).remaining_tokens == 0
    assert limiter.admit(60.0, 1).limit == "tokens"
    assert limiter.admit(96.1, 1).admitted


@pytest.mark.parametrize("kind", KINDS)
def test_a_day_runs_out_although_every_minute_has_room(kind: LimitKind) -> None:
    limiter = LimitPolicy(10, 1000, kind, requests_per_day=25).new_limiter(0.0)
    verdicts = [limiter.admit(turn * 7.0, 1) for turn in range(30)]
    assert sum(verdict.admitted for verdict in verdicts) == 25
    assert (verdicts[-1].limit, verdicts[-1].window) == ("requests", "day")
    assert verdicts[-1].retry_after > 60
    assert limiter.admit(29 * 7.0 + verdicts[-1].retry_after + 1e-6, 1).admitted


def test_answers_count_against_the_tokens_of_the_day() -> None:
    limiter = LimitPolicy(10, 1000, "sliding", tokens_per_day=100).new_limiter(0.0)
    assert limiter.admit(0.0, 10).admitted
    limiter.charge(0.0, 85)
    assert (limiter.admit(0.0, 10).limit, limiter.admit(0.0, 10).window) == ("tokens", "day")
    assert limiter.admit(0.0, 5).admitted


def test_groqs_headers_of_requests_speak_of_the_day() -> None:
    limiter = LimitPolicy(10, 1000, "sliding", requests_per_day=50).new_limiter(0.0)
    limiter.admit(0.0, 100)
    told = limit_headers(limiter.standing(0.0), "groq")
    assert (told["x-ratelimit-limit-requests"], told["x-ratelimit-remaining-requests"]) == ("50", "49")
    assert told["x-ratelimit-reset-requests"] == "24h0m0s"
    assert (told["x-ratelimit-limit-tokens"], told["x-ratelimit-remaining-tokens"]) == ("1000", "900")
    assert limit_headers(limiter.standing(0.0))["x-ratelimit-limit-requests"] == "10"


def test_groqs_headers_say_nothing_of_requests_without_a_limit_a_day() -> None:
    told = limit_headers(LimitPolicy(10, 1000).new_limiter(0.0).standing(0.0), "groq")
    assert {name.rsplit("-", 1)[1] for name in told} == {"tokens"}
