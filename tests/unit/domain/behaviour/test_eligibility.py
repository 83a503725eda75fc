from __future__ import annotations

import datetime as dt

import pytest

from app.domain.behaviour.eligibility import OK, RULES, is_awake, is_prime_time
from app.domain.fleet.hours import parse_windows
from app.domain.money import DailyBudget
from tests.unit.domain.scenes import NOW, ago, chat, context, mention, message, profile

SPENT, NEARLY = DailyBudget(100, 100), DailyBudget(96, 100)
CLOSED = (chat(10, message(1), status="paused"),)


def refusal(**changes):
    """The first refusing rule's reason."""
    steps = (rule(context(**changes), NOW) for rule in RULES)
    return next((step.verdict for step in steps if step.verdict != OK), None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"settings": {"fleet_paused": True}}, "fleet_paused"),
        ({"bot_status": "paused"}, "bot_paused"),
        ({"bot": profile(active=parse_windows("active", ["13-14"]))}, "outside_active_hours"),
        ({"said_last_hour": 24}, "hourly_cap"),
        ({"said_last_day": 160}, "daily_cap"),
        ({"last_spoke_at": ago(44.9)}, "cooldown"),
        ({"speaking": "ambient"}, "already_speaking"),
        ({"speaking": "busy"}, "already_speaking"),
        ({"chats": ()}, "no_chat"),
        ({"chats": CLOSED}, "chat_paused"),
        ({"chats": (chat(10, membership="muted"),)}, "bot_muted_here"),
        ({"chats": (chat(10, quiet=parse_windows("quiet", ["11-13"])),)}, "quiet_hours"),
        ({"fleet_budget": SPENT}, "budget_spent"),
        ({"bot_budget": SPENT}, "budget_spent"),
        ({"bot_budget": NEARLY}, "budget_for_answers_only"),
        ({"bot_status": "broken"}, "bot_broken"),
    ],
)
def test_each_rule_refuses_with_a_reason_of_its_own(changes, reason):
    assert refusal(**changes) == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"said_last_hour": 24},
        {"said_last_day": 160},
        {"last_spoke_at": ago(1)},
        {"speaking": "ambient"},
        {"fleet_budget": NEARLY},
    ],
)
def test_an_answer_to_a_person_passes_over_these_rules(changes):
    assert refusal(**changes) is not None
    assert refusal(**changes, mentions=(mention(5),)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"fleet_paused": True}},
        {"bot_status": "paused"},
        {"bot_status": "broken"},
        {"bot": profile(active=parse_windows("active", ["13-14"]))},
        {"said_last_hour": 30},
        {"said_last_day": 200},
        {"speaking": "busy"},
        {"chats": CLOSED},
        {"bot_budget": SPENT},
    ],
)
def test_an_answer_to_a_person_passes_over_no_other_rule(changes):
    assert refusal(**changes, mentions=(mention(5),)) == refusal(**changes) is not None


def test_the_rules_are_asked_in_order_and_kill_switches_come_first():
    everything = {
        "settings": {"fleet_paused": True},
        "bot_status": "paused",
        "bot": profile(active=parse_windows("active", ["13-14"])),
        "said_last_hour": 99,
        "last_spoke_at": NOW,
        "speaking": "busy",
        "chats": (),
        "bot_budget": SPENT,
    }
    order = []
    for key in list(everything):
        order.append(refusal(**everything))
        del everything[key]
    assert order == [
        "fleet_paused",
        "bot_paused",
        "outside_active_hours",
        "hourly_cap",
        "cooldown",
        "already_speaking",
        "no_chat",
        "budget_spent",
    ]


def test_caps_of_zero_are_no_limit():
    settings = {"bot_messages_per_hour": 0, "bot_messages_per_day": 0}
    assert refusal(settings=settings, said_last_hour=9999, said_last_day=9999) is None


def test_a_whole_reserve_keeps_every_message_for_people_who_ask():
    settings = {"answers_reserve": 1.0}
    assert refusal(settings=settings) == "hourly_cap"
    assert refusal(settings=settings, mentions=(mention(5),)) is None


def test_a_bot_that_rested_as_long_as_its_cooldown_may_speak():
    assert refusal(last_spoke_at=ago(45)) is None


def test_one_open_chat_among_closed_ones_is_enough():
    assert refusal(chats=(*CLOSED, chat(11))) is None


def test_the_commonest_reason_of_closed_chats_is_told():
    resting = chat(12, quiet=parse_windows("quiet", ["11-13"]))
    assert refusal(chats=(resting, *CLOSED, chat(13, status="paused"))) == "chat_paused"


@pytest.mark.parametrize(
    ("utc_hour", "timezone", "awake"),
    [
        (6, "Europe/Istanbul", True),
        (5, "Europe/Istanbul", False),
        (15, "America/New_York", True),
        (12, "Asia/Tokyo", False),
    ],
)
def test_active_hours_are_told_in_the_bots_own_time_zone(utc_hour, timezone, awake):
    bot = profile(active=parse_windows("active", ["09:00-17:00"]), timezone=timezone)
    now = dt.datetime(2026, 11, 22, utc_hour, 30, tzinfo=dt.UTC)
    assert (is_awake(context(bot=bot), now).verdict == OK) is awake


def test_a_bot_sleeps_between_two_windows_one_of_which_passes_midnight():
    bot = profile(active=parse_windows("active", ["09:00-12:00", "22:00-02:00"]))
    awake = [
        hour
        for hour in range(24)
        if is_awake(context(bot=bot), dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC)).verdict == OK
    ]
    assert awake == [0, 1, 9, 10, 11, 22, 23]


def test_prime_hours_refuse_nothing_and_tell_their_boost():
    prime = profile(prime=parse_windows("prime", ["11-13"]))
    assert is_prime_time(context(bot=prime), NOW).numbers == {"boost": 1.5}
    assert is_prime_time(context(bot=prime), ago(2 * 3600)).numbers == {}
    assert is_prime_time(context(), NOW).verdict == OK


def test_a_trace_tells_how_far_the_purses_are_spent():
    steps = [rule(context(bot_budget=NEARLY), NOW) for rule in RULES]
    assert steps[8].as_json() == {
        "rule": "has_money",
        "verdict": "budget_for_answers_only",
        "numbers": {"fleet": 0.0, "bot": 0.96},
    }


def test_a_purse_that_is_not_spent_lets_the_bot_speak():
    assert refusal(bot_budget=DailyBudget(10, 100)) is None
